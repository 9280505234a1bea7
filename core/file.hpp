// Files: bounded reading, and writing that leaves either the old content or the new, never a part.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace holdfast {

/// Owns a file descriptor and closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  /// Closes now; reports what close(2) reports, since some file systems fail only there.
  [[nodiscard]] Result<void> close(const std::string& name_for_errors);

 private:
  int fd_ = -1;
};

/// An Error of kind io, or not_found when `error_number` is ENOENT, naming the operation, the file and
/// the system's reason. Example: "cannot open '/x': Permission denied".
[[nodiscard]] Error system_error(const std::string& what, const std::filesystem::path& file, int error_number);

/// Reads a whole regular file or pipe of at most `limit` bytes; a larger one is ErrorCode::malformed.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit);
/// The same for secrets: the bytes never touch memory that is not wiped.
[[nodiscard]] Result<SecretBytes> read_secret_file(const std::filesystem::path& file, std::size_t limit);
[[nodiscard]] Result<SecretBytes> read_secret_descriptor(int fd, const std::string& name_for_errors, std::size_t limit);

/// Reads until `buffer` is full or the input ends; returns the number of bytes read.
[[nodiscard]] Result<std::size_t> read_full(int fd, MutableByteView buffer, const std::string& name_for_errors);
/// Writes all of `bytes`, however often the system takes only a part.
[[nodiscard]] Result<void> write_all(int fd, ByteView bytes, const std::string& name_for_errors);
/// fsync on a folder, so that a rename in it survives a power failure.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// What happens when a file of the final name exists.
enum class Replace { allowed, refused };

/// A file that appears under its name only when it is complete and on the disk.
///
/// `create` opens a temporary file with an unguessable name in the same folder; `commit` syncs it, gives
/// it its name and syncs the folder. Without `commit` the destructor removes the temporary file. When the
/// destination is a symbolic link, the file it points to is replaced. Not thread-safe.
class AtomicFile {
 public:
  /// `mode` is applied exactly, without regard to the umask.
  [[nodiscard]] static Result<AtomicFile> create(const std::filesystem::path& destination, mode_t mode);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// The temporary file's name, for checking what was written before it takes effect.
  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }
  [[nodiscard]] Result<void> write(ByteView bytes);
  /// Makes what was written durable under its temporary name. `commit` does this too.
  [[nodiscard]] Result<void> sync();
  /// With Replace::refused an existing file of that name is ErrorCode::refused and stays as it is.
  [[nodiscard]] Result<void> commit(Replace replace);

 private:
  AtomicFile(std::filesystem::path destination, std::filesystem::path temporary, FileDescriptor fd);

  std::filesystem::path destination_;
  std::filesystem::path temporary_;
  FileDescriptor fd_;
  bool pending_ = true;
};

/// Writes a whole file through AtomicFile.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& file, ByteView bytes, mode_t mode,
                                                 Replace replace);

}  // namespace holdfast
