#include "core/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>
#include <utility>

namespace holdfast {

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder, std::chrono::milliseconds patience) {
  const auto file = folder / "lock";
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return system_error("lock", file, errno);
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
