#include "device/keys/key_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "core/folder_group.hpp"
#include "device/keys/store_errors.hpp"

namespace holdfast::keys {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

Error altered(const KeyId& id, const std::string& why) {
  return {ErrorCode::malformed, "key file '" + file_name_of(id) + "' was altered: " + why};
}

// No waiting on a pipe and no following of links: only plain files hold keys.
Result<FileDescriptor> open_plain_file(int folder, const std::string& name, const std::filesystem::path& path) {
  FileDescriptor fd(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid() && errno == ELOOP) return Error(ErrorCode::malformed, "'" + path.string() + "' is a symbolic link");
  if (!fd.valid()) return system_error("open", path, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return system_error("examine", path, errno);
  if (!S_ISREG(info.st_mode)) return Error(ErrorCode::malformed, "'" + path.string() + "' is not a plain file");
  return fd;
}

}  // namespace

std::filesystem::path KeyFolder::path_in(const std::filesystem::path& state) { return state / "keys"; }

Result<KeyFolder> KeyFolder::open(const std::filesystem::path& state) {
  auto path = path_in(state);
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return system_error("open key folder", path, errno);
  return KeyFolder(std::move(path), std::move(fd));
}

Result<KeyFolder> KeyFolder::open_or_create(const std::filesystem::path& state) {
  TRY(make_private_folder(path_in(state)), "create key folder");
  TRY_LET(auto folder, open(state), "open key folder");
  // A key that survives a power failure needs a folder that does, also where another process has only just made it.
  // Who wrote the first key has seen to that, and a sync in vain costs as much as one that writes.
  TRY_LET(const bool has_keys, folder.has_any_key(), "look for keys");
  if (!has_keys) TRY(sync_folder(state), "sync state folder");
  return folder;
}

Result<void> KeyFolder::visit_all_names(const std::function<Visit(std::string_view)>& visit) const {
  // A descriptor of its own, because reading a folder moves a position that duplicates would share.
  const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("open key folder", path_, errno);
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd));
  if (!folder) {
    const int problem = errno;
    ::close(fd);
    return system_error("list key folder", path_, problem);
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0) return system_error("list key folder", path_, errno);
    if (entry == nullptr) return {};
    if (visit(entry->d_name) == Visit::enough) return {};
  }
}

Result<void> KeyFolder::visit_names(const std::function<Visit(std::string_view)>& visit) const {
  return visit_all_names(
      [&](std::string_view name) { return name.ends_with(kKeyFileSuffix) ? visit(name) : Visit::more; });
}

Result<void> KeyFolder::remove_unfinished(const KeyId& id) const {
  // As AtomicFile names them.
  const auto prefix = "." + file_name_of(id) + ".";
  std::vector<std::string> left;
  const auto look = [&](std::string_view name) {
    if (name.starts_with(prefix) && name.ends_with(".tmp")) left.emplace_back(name);
    return Visit::more;
  };
  TRY(visit_all_names(look), "look for what was left");
  for (const auto& name : left) {
    if (::unlinkat(fd_.get(), name.c_str(), 0) != 0) return system_error("remove", path_ / name, errno);
  }
  return left.empty() ? Result<void>() : sync_folder(path_);
}

Result<std::vector<std::string>> KeyFolder::file_names() const {
  std::vector<std::string> names;
  const auto take = [&](std::string_view name) {
    names.emplace_back(name);
    return Visit::more;
  };
  TRY(visit_names(take), "list key files");
  return names;
}

Result<bool> KeyFolder::has(const KeyId& id) const {
  const auto name = file_name_of(id);
  if (::faccessat(fd_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT) return false;
  return system_error("look for", path_ / name, errno);
}

Result<FolderStamp> KeyFolder::stamp() const {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return system_error("examine", path_, errno);
  // Not the modification time, which anybody may set.
  return FolderStamp{info.st_dev, info.st_ino, info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
}

Result<bool> KeyFolder::has_any_key() const {
  bool found = false;
  const auto look = [&](std::string_view) {
    found = true;
    return Visit::enough;
  };
  TRY(visit_names(look), "list key files");
  return found;
}

Result<std::vector<KeyId>> KeyFolder::ids() const {
  TRY_LET(const auto names, file_names(), "list key files");
  std::vector<KeyId> ids;
  for (const auto& name : names) {
    if (auto id = parse_file_name(name); id.ok()) ids.push_back(std::move(id).value());
  }
  return ids;
}

Result<std::vector<KeyVersion>> KeyFolder::versions_of(const KeyName& name) const {
  const auto prefix = name.text() + "@";
  std::vector<KeyVersion> versions;
  const auto take = [&](std::string_view file) {
    if (!file.starts_with(prefix)) return Visit::more;
    if (const auto id = parse_file_name(file); id.ok()) versions.push_back(id->version);
    return Visit::more;
  };
  TRY(visit_names(take), "list key files");
  std::ranges::sort(versions, std::greater());
  return versions;
}

Result<KeyFile> KeyFolder::read(const KeyId& id, MutableByteView room) const {
  const auto name = file_name_of(id);
  TRY_LET(const auto fd, open_plain_file(fd_.get(), name, path_ / name), "open key file");
  TRY_LET(const auto size, read_full(fd.get(), room.first(kKeyFileRoom), name), "read key file");
  if (as_text(room.first(size)) == kGivenUpFile) return is_given_up(id);
  auto file = parse_key_file(room.first(size));
  if (!file.ok()) return altered(id, file.error().message());
  if (file->record.id != id) return altered(id, "inside it says '" + file->record.id.text() + "'");
  return file;
}

}  // namespace holdfast::keys
