// One writer at a time in a state folder.
#pragma once

#include "core/file.hpp"

#include <chrono>

namespace holdfast {

/// An exclusive advisory lock (flock) on `folder/lock`, held until destruction or the process's end.
class FolderLock {
 public:
  /// Waits up to `patience` for another holder, then gives up with ErrorCode::io.
  [[nodiscard]] static Result<FolderLock> acquire(const std::filesystem::path& folder,
                                                  std::chrono::milliseconds patience = std::chrono::seconds(30));

 private:
  explicit FolderLock(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace holdfast
