#include "device/anchor/state_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/file.hpp"

namespace holdfast::anchor {
namespace {

constexpr mode_t kGroup = S_IRWXG;
constexpr mode_t kOthers = S_IRWXO;

// What a symbolic link points to is what must be private: an owner may keep the folder on another disk.
Result<struct stat> examine(const std::filesystem::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return system_error("examine", path, errno);
  return info;
}

bool is_trusted(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

Error foreign(const std::filesystem::path& path, uid_t owner, const std::string& more = {}) {
  return {ErrorCode::refused, "'" + path.string() + "' belongs to another user (uid " + std::to_string(owner) +
                                  "); run as that user, " + more + "or choose another folder with --dir"};
}

Error open_to_others(const std::filesystem::path& path, const std::string& fix, const std::string& more = {}) {
  return {ErrorCode::refused, "'" + path.string() + "' is open to other accounts; close it with: chmod " + fix + " '" +
                                  path.string() + "'" + more};
}

// The set-group-ID bit says that the group's permissions are meant: a copy or a loose umask does not leave it behind.
Result<std::optional<FolderGroup>> check_folder(const std::filesystem::path& path, const struct stat& info) {
  auto group = (info.st_mode & S_ISGID) != 0 ? group_let_in(info) : std::nullopt;
  if (!is_trusted(info.st_uid) && !(group && is_in_group(group->id))) {
    return foreign(path, info.st_uid, "as a member of a group that the folder is shared with, ");
  }
  if ((info.st_mode & kOthers) != 0) return open_to_others(path, "700");
  if ((info.st_mode & kGroup) == 0 || group) return group;
  return open_to_others(path, "700",
                        ", or share it with the group '" + name_of_group(info.st_gid) +
                            "' on purpose: chmod -R g+rX '" + path.string() + "' and chmod g+s '" + path.string() +
                            "'");
}

// A file that decides what the device is. It may do for the folder's group what the folder does, and nothing for
// others; who may only make files there may not make this one for everybody else.
Result<void> check_file(const std::filesystem::path& path, const struct stat& info, uid_t owner_of_folder,
                        const std::optional<FolderGroup>& group) {
  const bool by_sharer = group && info.st_uid == owner_of_folder;
  if (!by_sharer && !is_trusted(info.st_uid)) return foreign(path, info.st_uid);
  mode_t allowed = 0;
  if (group && info.st_gid == group->id) allowed = group->may_write ? S_IRGRP | S_IWGRP : S_IRGRP;
  if ((info.st_mode & (kGroup | kOthers) & ~allowed) == 0) return {};
  if (!group) return open_to_others(path, "600");
  return open_to_others(path, "600",
                        ", or give it to the folder's group: chgrp '" + name_of_group(group->id) + "' and chmod 640");
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

// The missing ones, each of which must survive a power failure for what is in it to do so. Closed to others like the
// folder itself, since any of them may come to be another device's state folder; but where a group shall reach it.
Result<void> make_parents(const std::filesystem::path& path, mode_t mode) {
  std::error_code problem;
  std::filesystem::path folder;
  for (const auto& part : path.parent_path()) {
    folder /= part;
    if (std::filesystem::is_directory(folder, problem)) continue;
    if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return system_error("create", path, errno);
    TRY(sync_folder(folder.parent_path()), "sync the folder above");
  }
  return {};
}

// An empty folder of this user's: nothing in it shows that others shall read it.
bool is_new(const std::filesystem::path& path) {
  std::error_code problem;
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() &&
         std::filesystem::is_empty(path, problem);
}

Result<void> make_folder(const std::filesystem::path& path, mode_t parents) {
  std::error_code problem;
  TRY(make_parents(path, parents), "make parent folders");
  if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(path.parent_path());
  if (errno != EEXIST) return system_error("create", path, errno);
  if (!std::filesystem::is_directory(path, problem)) return system_error("use", path, ENOTDIR);
  if (!is_new(path)) return {};
  if (::chmod(path.c_str(), 0700) != 0) return system_error("close to others", path, errno);
  // An attempt that was cut short may have made it, and its name not have reached the disk. What lies above and cannot
  // be read is another's, who has made this folder, too.
  const auto above = path.parent_path();
  return ::access(above.c_str(), R_OK) == 0 ? sync_folder(above) : Result<void>();
}

Result<void> share(const std::filesystem::path& path, gid_t group, const std::string& name) {
  if (!is_new(path)) {
    return Error(ErrorCode::refused, "'" + path.string() +
                                         "' is in use, so its group stays as it is; share it with "
                                         "chgrp and chmod, or name a new folder with --dir");
  }
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) return system_error("open folder", path, errno);
  const auto refuse = [&](int number) {
    return Error(ErrorCode::refused, "'" + path.string() + "' cannot be given to the group '" + name +
                                         "': " + std::generic_category().message(number) +
                                         "; root can do that, and an account can where it is a member");
  };
  if (::fchown(folder.get(), static_cast<uid_t>(-1), group) != 0) return refuse(errno);
  if (::fchmod(folder.get(), S_ISGID | 0750) != 0) return system_error("set the mode of", path, errno);
  // Before anything is in it, which after a power failure would make it a folder in use, of no group.
  if (::fsync(folder.get()) != 0) return system_error("sync folder", path, errno);
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
  TRY_LET(const auto info, examine(folder.path_), "examine state folder");
  TRY_LET(folder.group_, check_folder(folder.path_, info), "check state folder");
  TRY_LET(const bool anchored, is_there(folder.anchor_file()), "look for anchor");
  TRY_LET(folder.stateless_, is_there(folder.stateless_file()), "look for stateless configuration");
  if (anchored && folder.stateless_) return two_roots(folder);
  if (!anchored && !folder.stateless_) return no_anchor(folder.path_);
  folder.owner_ = info.st_uid;
  const auto file = anchored ? folder.anchor_file() : folder.stateless_file();
  TRY_LET(const auto about_file, examine(file), "examine file");
  TRY(check_file(file, about_file, folder.owner_, folder.group_), "check file");
  return folder;
}

// Judges the very file that is read. Where a group may write in the folder, its members could exchange files between
// two looks, or put a link to another of the owner's anchors in the place of this one.
Result<Bytes> StateFolder::read_checked(const std::filesystem::path& file, std::size_t limit) const {
  const int no_links = group_ && group_->may_write ? O_NOFOLLOW : 0;
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | no_links));
  if (!fd.valid() && errno == ELOOP) {
    return Error(ErrorCode::refused, "'" + file.string() +
                                         "' is a symbolic link, and others than its owner may write in "
                                         "this folder; put the file itself there");
  }
  struct stat info{};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return system_error("open", file, errno);
  TRY(check_file(file, info, owner_, group_), "check file");
  return read_descriptor(fd.get(), file.string(), limit);
}

Result<StateFolder> StateFolder::create(const std::filesystem::path& path, const std::string& group) {
  StateFolder folder(clean(path));
  std::optional<gid_t> shared_with;
  if (!group.empty()) {
    TRY_LET(shared_with, find_group(group), "find group");
  }
  TRY(make_folder(folder.path_, shared_with ? 0755 : 0700), "make state folder");
  TRY_LET(auto info, examine(folder.path_), "examine state folder");
  TRY_LET(folder.group_, check_folder(folder.path_, info), "check state folder");
  folder.owner_ = info.st_uid;
  TRY(folder.check_vacant(), "check state folder");
  if (!shared_with) return folder;
  // An attempt that was cut short, or refused later on, has left it so.
  const bool is_shared = folder.group_ && folder.group_->id == *shared_with && !folder.group_->may_write;
  if (is_shared && !is_new(folder.path_)) return folder;
  TRY(share(folder.path_, *shared_with, group), "share state folder");
  TRY_LET(info, examine(folder.path_), "examine state folder");
  TRY_LET(folder.group_, check_folder(folder.path_, info), "check state folder");
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
  TRY_LET(const auto bytes, read_checked(anchor_file(), kMaxAnchorFileSize), "read anchor file");
  return parse_anchor_file(bytes);
}

Result<UnverifiedStatelessConfig> StateFolder::load_stateless() const {
  TRY_LET(const auto bytes, read_checked(stateless_file(), kMaxStatelessFileSize), "read stateless configuration");
  return parse_stateless_file(bytes);
}

// A missing file reads as an empty one: a log without the events that the anchor knows of.
Result<Bytes> StateFolder::read_events() const {
  auto bytes = read_file(event_file(), kMaxEventFileSize);
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return Bytes();
  return bytes;
}

Result<EventLog> StateFolder::load_events(const EventHead& authenticated) const {
  TRY_LET(const auto bytes, read_events(), "read event log");
  return EventLog::parse(bytes, authenticated);
}

Result<EventCheck> StateFolder::check_events(const EventHead& authenticated) const {
  TRY_LET(const auto bytes, read_events(), "read event log");
  return check_event_log(bytes, authenticated);
}

}  // namespace holdfast::anchor
