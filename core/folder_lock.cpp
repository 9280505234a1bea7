#include "core/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "core/folder_group.hpp"

namespace holdfast {
namespace {

Result<FileDescriptor> open_lock(const std::filesystem::path& folder, const std::filesystem::path& file) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  FileDescriptor fd(::open(file.c_str(), kFlags));
  if (!fd.valid() && errno == ENOENT && ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
    // Complete when it gets its name: one that a process made, and was killed before it gave it to the folder's group,
    // would keep the group out for ever. Refused means that another process was faster.
    const auto made = write_private_file(file, {}, Replace::refused);
    if (!made.ok() && made.error().code() != ErrorCode::refused) return made.error();
    fd = FileDescriptor(::open(file.c_str(), kFlags));
  }
  if (fd.valid()) return fd;
  const int number = errno;
  auto problem = system_error("lock", file, number);
  if (number != EACCES) return problem;
  return Error(problem.code(), problem.message() +
                                   "; this account may not change what is in the folder; let its group do so with: "
                                   "chmod -R g+rwX '" +
                                   folder.string() + "'");
}

}  // namespace

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder, std::chrono::milliseconds patience) {
  const auto file = folder / "lock";
  TRY_LET(FileDescriptor fd, open_lock(folder, file), "open lock file");
  // flock has no timeout of its own; polling keeps a stuck holder from blocking this process for ever.
  const auto give_up = std::chrono::steady_clock::now() + patience;
  auto pause = std::chrono::milliseconds(1);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return system_error("lock", file, errno);
    if (std::chrono::steady_clock::now() >= give_up) {
      return Error(ErrorCode::io, "another process has been changing '" + folder.string() + "' for " +
                                      std::to_string(patience.count() / 1000) + " seconds; try again when it is done");
    }
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::milliseconds(20)) pause *= 2;
  }
  return FolderLock(std::move(fd));
}

}  // namespace holdfast
