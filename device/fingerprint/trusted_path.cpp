#include "device/fingerprint/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <optional>
#include <system_error>
#include <utility>

#include "core/text.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr int kMaxLinks = 16;

enum class Sticky { suffices, does_not_suffice };

bool is_ours(const struct stat& info) { return info.st_uid == 0 || info.st_uid == ::geteuid(); }

std::string words_for(int error_number) { return std::generic_category().message(error_number); }

std::string folder_problem(const struct stat& info, const std::filesystem::path& folder, Sticky allowed) {
  const auto quoted = "the folder '" + folder.string() + "' ";
  if (!is_ours(info)) return quoted + "belongs to neither root nor this account";
  const bool group = (info.st_mode & S_IWGRP) != 0 && info.st_gid != 0;
  const bool others = (info.st_mode & S_IWOTH) != 0;
  const bool sticky = allowed == Sticky::suffices && (info.st_mode & S_ISVTX) != 0;
  if ((group || others) && !sticky) return quoted + "is writable by other accounts; take that right away (chmod go-w)";
  return {};
}

std::string file_problem(const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return "is not a regular file";
  if (!is_ours(info)) return "belongs to neither root nor this account";
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return "is writable by other accounts; take that right away (chmod go-w)";
  }
  return {};
}

std::string open_problem(int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR) return "does not exist";
  if (error_number == ELOOP) return "is a symbolic link; name the file it points to";
  return "cannot be opened: " + words_for(error_number);
}

struct FolderId {
  dev_t device = 0;
  ino_t number = 0;

  bool operator==(const FolderId&) const = default;
};

class Walk {
 public:
  /// `within` must be walked through, where there is one.
  explicit Walk(const std::filesystem::path& path, std::optional<FolderId> within = {}) : within_(within) {
    prepend(path);
  }

  TrustedFile finish() {
    auto found = walk_to_file();
    const bool fails = !found.problem.empty();
    if (!fails && within_ && !inside_) return {{}, "it lies elsewhere", true};
    found.outside = fails && within_ && (!inside_ || unsafe_);
    return found;
  }

  /// Takes the path for that of a folder. Gives what is wrong.
  std::string finish_folder(FolderId& id) {
    auto problem = enter_root();
    while (problem.empty() && !rest_.empty()) {
      const auto name = std::move(rest_.front());
      rest_.pop_front();
      problem = enter(name);
    }
    id = id_;
    return problem;
  }

 private:
  TrustedFile walk_to_file() {
    if (auto problem = enter_root(); !problem.empty()) return {{}, std::move(problem)};
    while (!rest_.empty()) {
      const auto name = std::move(rest_.front());
      rest_.pop_front();
      if (rest_.empty()) return open_file(name);
      if (auto problem = enter(name); !problem.empty()) return {{}, std::move(problem)};
    }
    return {{}, "is not a regular file"};
  }

  // What is wrong with something that others could use, unlike with something that is not there.
  std::string unsafe(std::string problem) {
    if (!problem.empty()) unsafe_ = true;
    return problem;
  }

  // Names go down only, ".." being refused: once inside, a walk leaves by an absolute link alone.
  std::string arrive(const struct stat& info) {
    id_ = {info.st_dev, info.st_ino};
    if (id_ == within_) inside_ = true;
    return unsafe(folder_problem(info, at_, inside_ ? Sticky::does_not_suffice : Sticky::suffices));
  }

  void prepend(const std::filesystem::path& path) {
    std::deque<std::string> parts;
    for (const auto& part : path.relative_path()) {
      if (!part.empty() && part != ".") parts.push_back(part.string());
    }
    rest_.insert(rest_.begin(), parts.begin(), parts.end());
  }

  std::string enter_root() {
    at_ = "/";
    inside_ = false;
    folder_ = FileDescriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat info{};
    if (!folder_.valid() || ::fstat(folder_.get(), &info) != 0) return open_problem(errno);
    return arrive(info);
  }

  std::string enter(const std::string& name) {
    if (name == "..") return unsafe("has '..' in its path; name it without");
    FileDescriptor next(::openat(folder_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info{};
    if (!next.valid() || ::fstat(next.get(), &info) != 0) return open_problem(errno);
    if (S_ISLNK(info.st_mode)) return follow(next, info, at_ / name);
    if (!S_ISDIR(info.st_mode)) return open_problem(ENOTDIR);
    at_ /= name;
    folder_ = std::move(next);
    return arrive(info);
  }

  std::string follow(const FileDescriptor& link, const struct stat& info, const std::filesystem::path& shown) {
    const auto quoted = "the symbolic link '" + shown.string() + "' ";
    if (info.st_uid != 0) return unsafe(quoted + "does not belong to root; name the program without it");
    if (++links_ > kMaxLinks) return unsafe(quoted + "is one of too many");
    std::string target(4096, '\0');
    const auto size = ::readlinkat(link.get(), "", target.data(), target.size());
    if (size <= 0) return quoted + "cannot be read: " + words_for(errno);
    target.resize(static_cast<std::size_t>(size));
    prepend(target);
    return target.starts_with('/') ? enter_root() : std::string();
  }

  TrustedFile open_file(const std::string& name) {
    FileDescriptor file(
        ::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat info{};
    if (!file.valid() || ::fstat(file.get(), &info) != 0) {
      // Where a link leads is not looked at.
      if (errno == ELOOP) unsafe_ = true;
      return {{}, open_problem(errno)};
    }
    if (auto problem = unsafe(file_problem(info)); !problem.empty()) return {{}, std::move(problem)};
    if (::faccessat(folder_.get(), name.c_str(), X_OK, AT_EACCESS) != 0) {
      return {{}, "is not executable (chmod +x)"};
    }
    return {std::move(file), {}};
  }

  std::deque<std::string> rest_;
  std::filesystem::path at_;
  FileDescriptor folder_;
  FolderId id_;  // of folder_
  std::optional<FolderId> within_;
  bool inside_ = false;  // of `within_`, or `within_` itself
  bool unsafe_ = false;
  int links_ = 0;
};

// A problem of the folder itself, or none and its identity.
std::string find_folder(const std::filesystem::path& folder, FolderId& id) {
  if (!folder.is_absolute()) return "is not an absolute path";
  if (auto problem = Walk(folder).finish_folder(id); !problem.empty()) return problem;
  // As it is seen from inside: the strict check of it and of what lies below.
  return Walk(folder, id).finish_folder(id);
}

}  // namespace

TrustedFile open_trusted_program(const std::filesystem::path& path, const std::filesystem::path& folder) {
  if (!path.is_absolute()) return {{}, "is not an absolute path", !folder.empty()};
  if (folder.empty()) return Walk(path).finish();
  FolderId within;
  if (auto problem = find_folder(folder, within); !problem.empty()) {
    return {{}, "that folder cannot be relied on: " + problem, true};
  }
  return Walk(path, within).finish();
}

std::string find_unsafe_folder(const std::filesystem::path& file) {
  std::error_code problem;
  const auto place = std::filesystem::canonical(file, problem);
  if (problem) return {};
  FolderId id;
  return Walk(place.parent_path()).finish_folder(id);
}

std::string words_for_outside(const std::filesystem::path& path, const std::filesystem::path& folder,
                              const TrustedFile& program) {
  return "program '" + printable(path.string()) + "' must lie below the folder '" + printable(folder.string()) +
         "': " + program.problem;
}

}  // namespace holdfast::fingerprint
