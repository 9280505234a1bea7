#include "device/fingerprint/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <system_error>
#include <utility>

namespace holdfast::fingerprint {
namespace {

constexpr int kMaxLinks = 16;

bool is_ours(const struct stat& info) { return info.st_uid == 0 || info.st_uid == ::geteuid(); }

std::string words_for(int error_number) { return std::generic_category().message(error_number); }

std::string folder_problem(const struct stat& info, const std::filesystem::path& folder) {
  const auto quoted = "the folder '" + folder.string() + "' ";
  if (!is_ours(info)) return quoted + "belongs to neither root nor this account";
  const bool group = (info.st_mode & S_IWGRP) != 0 && info.st_gid != 0;
  const bool others = (info.st_mode & S_IWOTH) != 0;
  const bool sticky = (info.st_mode & S_ISVTX) != 0;
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

class Walk {
 public:
  explicit Walk(const std::filesystem::path& path) { prepend(path); }

  TrustedFile finish() {
    if (auto problem = enter_root(); !problem.empty()) return {{}, std::move(problem)};
    while (!rest_.empty()) {
      const auto name = std::move(rest_.front());
      rest_.pop_front();
      if (rest_.empty()) return open_file(name);
      if (auto problem = enter(name); !problem.empty()) return {{}, std::move(problem)};
    }
    return {{}, "is not a regular file"};
  }

 private:
  void prepend(const std::filesystem::path& path) {
    std::deque<std::string> parts;
    for (const auto& part : path.relative_path()) {
      if (!part.empty() && part != ".") parts.push_back(part.string());
    }
    rest_.insert(rest_.begin(), parts.begin(), parts.end());
  }

  std::string enter_root() {
    at_ = "/";
    folder_ = FileDescriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat info{};
    if (!folder_.valid() || ::fstat(folder_.get(), &info) != 0) return open_problem(errno);
    return folder_problem(info, at_);
  }

  std::string enter(const std::string& name) {
    if (name == "..") return "has '..' in its path; name it without";
    FileDescriptor next(::openat(folder_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info{};
    if (!next.valid() || ::fstat(next.get(), &info) != 0) return open_problem(errno);
    if (S_ISLNK(info.st_mode)) return follow(next, info, at_ / name);
    if (!S_ISDIR(info.st_mode)) return open_problem(ENOTDIR);
    at_ /= name;
    folder_ = std::move(next);
    return folder_problem(info, at_);
  }

  std::string follow(const FileDescriptor& link, const struct stat& info, const std::filesystem::path& shown) {
    const auto quoted = "the symbolic link '" + shown.string() + "' ";
    if (info.st_uid != 0) return quoted + "does not belong to root; name the program without it";
    if (++links_ > kMaxLinks) return quoted + "is one of too many";
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
    if (!file.valid() || ::fstat(file.get(), &info) != 0) return {{}, open_problem(errno)};
    if (auto problem = file_problem(info); !problem.empty()) return {{}, std::move(problem)};
    if (::faccessat(folder_.get(), name.c_str(), X_OK, AT_EACCESS) != 0) {
      return {{}, "is not executable (chmod +x)"};
    }
    return {std::move(file), {}};
  }

  std::deque<std::string> rest_;
  std::filesystem::path at_;
  FileDescriptor folder_;
  int links_ = 0;
};

}  // namespace

TrustedFile open_trusted_program(const std::filesystem::path& path) {
  if (!path.is_absolute()) return {{}, "is not an absolute path"};
  return Walk(path).finish();
}

}  // namespace holdfast::fingerprint
