// The names of files that are being written, so that a program ended by a signal can take them away.
#pragma once

#include <cstddef>
#include <filesystem>

namespace holdfast {

/// Keeps one name in a table of the process while it lives. Where the table is full, or the name longer than
/// PATH_MAX, the name is not kept, and a signal leaves the file behind. Safe to use from several threads.
class UnfinishedFile {
 public:
  UnfinishedFile() = default;
  explicit UnfinishedFile(const std::filesystem::path& file);
  UnfinishedFile(UnfinishedFile&& other) noexcept;
  UnfinishedFile& operator=(UnfinishedFile&& other) noexcept;
  ~UnfinishedFile();

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t place_ = kNone;
};

/// Removes every file whose name is kept. Async-signal-safe: for handlers of signals that end the program.
void remove_unfinished_files() noexcept;

}  // namespace holdfast
