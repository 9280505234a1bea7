// The folder of key files: what is in it, and bounded reading of one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "device/keys/key_file.hpp"

namespace holdfast::keys {

/// Room for one key file and a byte more, by which a larger one is noticed.
inline constexpr std::size_t kKeyFileRoom = kMaxKeyFileSize + 1;

/// What tells one state of a folder from another, as finely as the kernel's clock ticks.
struct FolderStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool operator==(const FolderStamp&) const = default;
};

/// An open folder of key files. Names are looked up in this folder even if its path changes meanwhile.
/// Safe to read from in several threads.
class KeyFolder {
 public:
  /// The path of the key folder in a state folder.
  [[nodiscard]] static std::filesystem::path path_in(const std::filesystem::path& state);
  /// ErrorCode::not_found where the folder does not exist. A symbolic link is refused.
  [[nodiscard]] static Result<KeyFolder> open(const std::filesystem::path& state);
  /// Makes the folder where it does not exist, with mode 0700 and what the state folder's group may do.
  [[nodiscard]] static Result<KeyFolder> open_or_create(const std::filesystem::path& state);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The names that end in ".key", in no order. Temporary and foreign files have others.
  [[nodiscard]] Result<std::vector<std::string>> file_names() const;
  /// Whether this key has a file. Costs the same however many keys there are. That it could not be looked for is an
  /// error, and not the answer no: a version that seems to have no successor would sign.
  [[nodiscard]] Result<bool> has(const KeyId& id) const;
  /// Which folder it is, and when names in it changed last.
  [[nodiscard]] Result<FolderStamp> stamp() const;
  /// Whether there is any key file. Reads no further than the first.
  [[nodiscard]] Result<bool> has_any_key() const;
  /// The versions of one name that have a file, newest first.
  [[nodiscard]] Result<std::vector<KeyVersion>> versions_of(const KeyName& name) const;
  /// The keys that the files' names name. A file whose name says none is passed over.
  [[nodiscard]] Result<std::vector<KeyId>> ids() const;
  /// Removes what writes of this key left that were cut short, which may hold its secret, sealed. Only under the state
  /// folder's lock, when nobody is writing. It is sure when this returns.
  [[nodiscard]] Result<void> remove_unfinished(const KeyId& id) const;
  /// Reads and parses a file; what it says must be what its name says. `room` of kKeyFileRoom bytes must live
  /// as long as the result. Nothing is authenticated yet. ErrorCode::refused for a version that was given up, and for
  /// nothing else.
  [[nodiscard]] Result<KeyFile> read(const KeyId& id, MutableByteView room) const;

 private:
  enum class Visit { more, enough };
  [[nodiscard]] Result<void> visit_all_names(const std::function<Visit(std::string_view)>& visit) const;
  /// Those of key files.
  [[nodiscard]] Result<void> visit_names(const std::function<Visit(std::string_view)>& visit) const;

  KeyFolder(std::filesystem::path path, FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  FileDescriptor fd_;
};

}  // namespace holdfast::keys
