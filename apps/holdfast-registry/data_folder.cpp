#include "apps/holdfast-registry/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace holdfast::registry_app {
namespace {

std::filesystem::path variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<DataFolder> DataFolder::at(const std::string& path) {
  if (path.empty()) return Error(ErrorCode::usage, "say where the registry's data is: --data DIR");
  std::error_code problem;
  auto absolute = std::filesystem::absolute(path, problem).lexically_normal();
  if (problem) return system_error("find", path, problem.value());
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  return DataFolder{std::move(absolute)};
}

Result<void> DataFolder::make() const {
  std::error_code problem;
  std::filesystem::create_directories(path.parent_path(), problem);
  if (problem) return system_error("make the folder", path.parent_path(), problem.value());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error("make the folder", path, errno);
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return system_error("examine", path, errno);
  if (!S_ISDIR(info.st_mode)) return Error(ErrorCode::refused, "'" + path.string() + "' is no folder");
  if (info.st_uid == ::geteuid() && (info.st_mode & 077U) == 0) return {};
  return Error(ErrorCode::refused, "'" + path.string() +
                                       "' is open to other accounts, or another's; give it to this account alone with: "
                                       "chmod go= '" +
                                       path.string() + "'");
}

Result<void> DataFolder::check_has_registry() const {
  if (::access(anchor().c_str(), F_OK) == 0) return {};
  if (errno == ENOENT || errno == ENOTDIR) {
    return Error(ErrorCode::not_found,
                 "there is no registry in '" + path.string() + "'; 'holdfast-registry serve --data DIR' founds one");
  }
  if (errno != EACCES) return system_error("examine", anchor(), errno);
  return Error(ErrorCode::refused,
               "this account may not look into '" + path.string() + "'; only the registry's own account and root may");
}

Result<FileDescriptor> lock_data_folder(const DataFolder& folder) {
  FileDescriptor fd(::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return system_error("lock", folder.lock(), errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return system_error("lock", folder.lock(), errno);
  return Error(ErrorCode::io, "another process has the registry in '" + folder.path.string() +
                                  "' open and does not answer yet; try again");
}

Result<FileDescriptor> lock_unserved(const DataFolder& folder) {
  auto lock = lock_data_folder(folder);
  if (lock.ok() || lock.error().code() != ErrorCode::io) return lock;
  return Error(ErrorCode::refused, "a server has the registry in '" + folder.path.string() + "' open; stop it first");
}

Result<std::filesystem::path> usual_checkpoint_file(const std::string& log_name) {
  if (const auto chosen = variable("HOLDFAST_CHECKPOINTS"); !chosen.empty()) return chosen / log_name;
  if (::geteuid() == 0) return std::filesystem::path("/var/lib/holdfast-checkpoints") / log_name;
  if (const auto state = variable("XDG_STATE_HOME"); !state.empty()) return state / "holdfast-checkpoints" / log_name;
  const auto home = variable("HOME");
  if (!home.empty()) return home / ".local/state/holdfast-checkpoints" / log_name;
  return Error(ErrorCode::usage,
               "there is no home folder to keep the log's checkpoint in; name a file with "
               "'log.checkpoint' in registry.toml");
}

}  // namespace holdfast::registry_app
