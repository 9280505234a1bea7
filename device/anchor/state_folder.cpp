#include "device/anchor/state_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/file.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::size_t kMaxEventFileSize = std::size_t{64} << 20;

Result<void> check_private(const std::filesystem::path& path, const std::string& fix) {
  // What a symbolic link points to is what must be private: an owner may keep the folder on another disk.
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return system_error("examine", path, errno);
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return Error(ErrorCode::refused, "'" + path.string() + "' belongs to another user (uid " +
                                         std::to_string(info.st_uid) +
                                         "); run as that user, or choose another folder with --dir");
  }
  if ((info.st_mode & 077) != 0) {
    return Error(ErrorCode::refused, "'" + path.string() + "' is open to other accounts; close it with: chmod " + fix +
                                         " '" + path.string() + "'");
  }
  return {};
}

// "May not look" is no "is not there".
Result<bool> is_there(const std::filesystem::path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_error("examine", path, errno);
}

// Absolute and without a trailing slash: the one spelling for messages and for what outlives this process. Dots stay:
// "link/.." is not what it looks like.
std::filesystem::path clean(const std::filesystem::path& path) {
  std::error_code problem;
  auto absolute = std::filesystem::absolute(path, problem);
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

Error no_anchor(const std::filesystem::path& path) {
  return {ErrorCode::not_found, "there is no anchor in '" + path.string() +
                                    "'; make one with 'holdfast init', or name its folder with --dir or HOLDFAST_DIR"};
}

// Which of the two would be taken must not be left to chance.
Error two_roots(const StateFolder& folder) {
  return {ErrorCode::refused, "'" + folder.path().string() +
                                  "' holds an anchor and a stateless configuration, and only one of them can be this "
                                  "device's; move the file 'anchor' or the file 'stateless' out of the folder"};
}

// The missing ones, closed to others like the folder itself: any of them may come to be another device's state folder.
Result<void> make_parents(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::path folder;
  for (const auto& part : path.parent_path()) {
    folder /= part;
    if (std::filesystem::is_directory(folder, problem) || ::mkdir(folder.c_str(), 0700) == 0) continue;
    if (errno != EEXIST) return system_error("create", path, errno);
  }
  return {};
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  std::error_code problem;
  TRY(make_parents(path), "make parent folders");
  if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(path.parent_path());
  if (errno != EEXIST) return system_error("create", path, errno);
  if (!std::filesystem::is_directory(path, problem)) return system_error("use", path, ENOTDIR);
  struct stat info{};
  const bool ours = ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
  if (ours && std::filesystem::is_empty(path, problem) && ::chmod(path.c_str(), 0700) != 0) {
    return system_error("close to others", path, errno);
  }
  return {};
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::filesystem::path& path) {
  StateFolder folder(clean(path));
  TRY_LET(const bool there, is_there(folder.path_), "look for state folder");
  if (!there) return no_anchor(folder.path_);
  std::error_code problem;
  if (!std::filesystem::is_directory(folder.path_, problem)) {
    return system_error("use as a state folder", folder.path_, ENOTDIR);
  }
  TRY(check_private(folder.path_, "700"), "check state folder");
  TRY_LET(const bool anchored, is_there(folder.anchor_file()), "look for anchor");
  TRY_LET(folder.stateless_, is_there(folder.stateless_file()), "look for stateless configuration");
  if (anchored && folder.stateless_) return two_roots(folder);
  if (!anchored && !folder.stateless_) return no_anchor(folder.path_);
  TRY(check_private(anchored ? folder.anchor_file() : folder.stateless_file(), "600"), "check file");
  return folder;
}

Result<StateFolder> StateFolder::create(const std::filesystem::path& path) {
  StateFolder folder(clean(path));
  TRY(make_private_folder(folder.path_), "make state folder");
  TRY(check_private(folder.path_, "700"), "check state folder");
  TRY(folder.check_vacant(), "check state folder");
  return folder;
}

Result<void> StateFolder::check_vacant() const {
  TRY_LET(const bool anchored, is_there(anchor_file()), "look for anchor");
  if (anchored) {
    return Error(ErrorCode::refused,
                 "'" + path_.string() +
                     "' holds an anchor already; see it with 'holdfast status', or name another folder with --dir");
  }
  TRY_LET(const bool stateless, is_there(stateless_file()), "look for stateless configuration");
  if (stateless) {
    return Error(ErrorCode::refused, "'" + path_.string() +
                                         "' holds a stateless configuration already; see it with 'holdfast status', or "
                                         "name another folder with --dir");
  }
  // State is never deleted because something does not match: an owner may still find the missing part.
  for (const auto& left : {previous_anchor_file(), keys_folder()}) {
    TRY_LET(const bool there, is_there(left), "look for what is left");
    if (there) {
      return Error(ErrorCode::refused,
                   "'" + left.string() +
                       "' is left of an earlier anchor, which a new one could not open; restore that "
                       "anchor, move the folder away, or name another one with --dir");
    }
  }
  return {};
}

Result<UnverifiedAnchorFile> StateFolder::load_anchor() const {
  if (stateless_) {
    return Error(ErrorCode::refused, "'" + path_.string() +
                                         "' is stateless, and this needs an anchor; make one in another folder with "
                                         "'holdfast init'");
  }
  TRY_LET(const auto bytes, read_file(anchor_file(), kMaxAnchorFileSize), "read anchor file");
  return parse_anchor_file(bytes);
}

Result<UnverifiedStatelessConfig> StateFolder::load_stateless() const {
  TRY_LET(const auto bytes, read_file(stateless_file(), kMaxStatelessFileSize), "read stateless configuration");
  return parse_stateless_file(bytes);
}

Result<EventLog> StateFolder::load_events(const EventHead& authenticated) const {
  auto bytes = read_file(event_file(), kMaxEventFileSize);
  // A missing file reads as an empty one: a log without the events that the anchor knows of.
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return EventLog::parse({}, authenticated);
  if (!bytes.ok()) return std::move(bytes).error();
  return EventLog::parse(*bytes, authenticated);
}

}  // namespace holdfast::anchor
