// Waiting for a state folder to change.
#pragma once

#include "core/file.hpp"
#include "core/result.hpp"

#include <filesystem>

namespace holdfast::app {

/// Sees that the anchor or its event log are written or replaced. By the folder and not by the files, which are never
/// written in place: each change is another file under the same name.
class FolderWatch {
 public:
  enum class Woken { changed, folder_gone, reader_gone };

  /// Changes from now on are seen. ErrorCode::not_found where there is no such folder; ErrorCode::io where the system
  /// cannot watch it, with what to do.
  [[nodiscard]] static Result<FolderWatch> create(const std::filesystem::path& folder);

  /// Returns when something changed since the last call, when the folder was moved, removed or unmounted, or when
  /// nobody reads what is written to `output` any more.
  [[nodiscard]] Result<Woken> wait(int output) const;

 private:
  explicit FolderWatch(FileDescriptor inotify) : inotify_(std::move(inotify)) {}
  FileDescriptor inotify_;
};

/// Whether the reader of this pipe or socket, or this terminal, has gone.
[[nodiscard]] bool reader_is_gone(int output);

}  // namespace holdfast::app
