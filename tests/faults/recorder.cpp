#include "tests/faults/recorder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <stdexcept>
#include <utility>

#include "core/encoding.hpp"

namespace holdfast::faults {
namespace {

using std::filesystem::path;

constexpr mode_t kPermissions = 07777;

std::optional<struct stat> examine(const path& file) {
  struct stat info{};
  return ::lstat(file.c_str(), &info) == 0 ? std::optional(info) : std::nullopt;
}

// Follows the link of a descriptor, also to a file without a name.
std::optional<struct stat> examine_open(const Tracee& tracee, int descriptor) {
  struct stat info{};
  return ::stat(tracee.link_to(descriptor).c_str(), &info) == 0 ? std::optional(info) : std::nullopt;
}

ino_t number_of(const path& file) {
  const auto info = examine(file);
  return info ? info->st_ino : 0;
}

// A path among the arguments, with the descriptor of the folder from which it counts.
path path_at(const Tracee& tracee, const Tracee::Arguments& arguments, int position, int folder) {
  const int from = folder < 0 ? AT_FDCWD : as_int(arguments.at(static_cast<std::size_t>(folder)));
  return tracee.path_at(arguments.at(static_cast<std::size_t>(position)), from);
}

path path_in(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) {
  return path_at(tracee, entry.arguments, call.path, call.folder);
}

path second_path_in(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) {
  return path_at(tracee, entry.arguments, call.path2, call.folder2);
}

bool is_nameless(int flags) { return (flags & O_TMPFILE) == O_TMPFILE; }

}  // namespace

bool is_within(const path& file, const path& folder) {
  const auto& text = file.native();
  return file == folder || text.starts_with(folder.native() + "/");
}

std::optional<Json> Recorder::before(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const {
  switch (call.kind) {
    case Kind::open: return before_open(tracee, call, entry);
    case Kind::link:
    case Kind::rename:
    case Kind::unlink:
    case Kind::remove_folder:
    case Kind::make_folder: return before_naming(tracee, call, entry);
    case Kind::write:
    case Kind::sync:
    case Kind::resize:
    case Kind::change_mode:
    case Kind::change_owner: return before_change(tracee, call, entry);
    default: return std::nullopt;
  }
}

std::optional<Json> Recorder::before_open(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const {
  const int flags = as_int(entry.arguments.at(static_cast<std::size_t>(call.flags)));
  const auto file = path_in(tracee, call, entry);
  if (!is_within(file, folder_)) return std::nullopt;
  if (is_nameless(flags)) return Json{{"op", "nameless"}};
  const auto there = examine(file);
  if (!there && (flags & O_CREAT) != 0) return Json{{"op", "create"}, {"path", file.string()}};
  if (there && S_ISREG(there->st_mode) && (flags & O_TRUNC) != 0) {
    return Json{{"op", "resize"}, {"ino", there->st_ino}, {"size", 0}};
  }
  return std::nullopt;
}

std::optional<Json> Recorder::before_naming(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const {
  const auto file = path_in(tracee, call, entry);
  const auto to = call.path2 < 0 ? path() : second_path_in(tracee, call, entry);
  if (!is_within(file, folder_) && !is_within(to, folder_)) return std::nullopt;
  if (call.kind == Kind::link) return Json{{"op", "link"}, {"path", to.string()}};
  if (call.kind == Kind::make_folder) return Json{{"op", "make_folder"}, {"path", file.string()}};
  if (call.kind == Kind::rename) {
    if (!is_within(file, folder_) || !is_within(to, folder_)) {
      throw std::runtime_error("a rename into or out of the folder: " + file.string() + " to " + to.string());
    }
    return Json{{"op", "rename"}, {"ino", number_of(file)}, {"path", file.string()}, {"to", to.string()}};
  }
  const bool folder =
      call.kind == Kind::remove_folder || (call.flags >= 0 && (as_int(entry.arguments[2]) & AT_REMOVEDIR) != 0);
  return Json{{"op", folder ? "remove_folder" : "unlink"}, {"path", file.string()}};
}

std::optional<Json> Recorder::before_change(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const {
  const auto& arguments = entry.arguments;
  if (call.path >= 0) {
    const auto file = path_in(tracee, call, entry);
    if (!is_within(file, folder_)) return std::nullopt;
    return Json{{"op", "settings"}, {"ino", number_of(file)}};
  }
  const int descriptor = as_int(arguments[0]);
  if (!is_within(tracee.shown(descriptor), folder_)) return std::nullopt;
  const auto info = examine_open(tracee, descriptor);
  if (!info) return std::nullopt;
  Json operation{{"op", "sync"}, {"ino", info->st_ino}};
  switch (call.kind) {
    case Kind::write:
      operation["op"] = "write";
      operation["offset"] = call.name == "pwrite64" ? arguments[3] : tracee.position_of(descriptor);
      break;
    case Kind::resize: operation["op"] = "resize"; break;
    case Kind::change_mode:
    case Kind::change_owner: operation["op"] = "settings"; break;
    default: break;
  }
  return operation;
}

std::optional<Json> Recorder::after(const Tracee& tracee, const Call& call, const Tracee::Entry& entry,
                                    Json operation) {
  const auto result = tracee.result();
  if (result < 0) return std::nullopt;
  const auto op = operation.at("op").get<std::string>();
  std::optional<struct stat> info;
  if (op == "create" || op == "nameless") info = examine_open(tracee, static_cast<int>(result));
  if (op == "link" || op == "make_folder") info = examine(operation.at("path").get<std::string>());
  if (op == "resize" || op == "settings") {
    if (call.kind == Kind::open) {
      info = examine_open(tracee, static_cast<int>(result));
    } else {
      info = call.path < 0 ? examine_open(tracee, as_int(entry.arguments[0])) : examine(path_in(tracee, call, entry));
    }
  }
  if (op == "write") {
    operation["data"] = to_hex(tracee.read_memory(entry.arguments[1], static_cast<std::size_t>(result)));
  }
  if (info) {
    operation["ino"] = info->st_ino;
    if (op == "resize") {
      operation["size"] = info->st_size;
    } else if (op != "link") {
      // A change of the owner may take permissions away, too.
      operation.update({{"mode", info->st_mode & kPermissions}, {"uid", info->st_uid}, {"gid", info->st_gid}});
    }
  }
  return operation;
}

}  // namespace holdfast::faults
