// Files: bounded reading, and writing that leaves either the old content or the new, never a part.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "core/unfinished_files.hpp"

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
/// The same from a descriptor.
[[nodiscard]] Result<Bytes> read_descriptor(int fd, const std::string& name_for_errors, std::size_t limit);
/// The same for secrets: the bytes never touch memory that is not wiped.
[[nodiscard]] Result<SecretBytes> read_secret_file(const std::filesystem::path& file, std::size_t limit);
[[nodiscard]] Result<SecretBytes> read_secret_descriptor(int fd, const std::string& name_for_errors, std::size_t limit);

/// Reads a file that decides something, after check_nobody_else_writes on the very file that is read.
[[nodiscard]] Result<Bytes> read_trusted_file(const std::filesystem::path& file, std::size_t limit,
                                              const std::string& what);

/// Whether a file that decides something belongs to this user or to root, and nobody else can write it:
/// ErrorCode::refused with what to do, beginning with `what` and the file. A file that cannot be examined passes, since
/// reading it says why.
[[nodiscard]] Result<void> check_nobody_else_writes(const std::filesystem::path& file, const std::string& what);

/// Reads until `buffer` is full or the input ends; returns the number of bytes read.
[[nodiscard]] Result<std::size_t> read_full(int fd, MutableByteView buffer, const std::string& name_for_errors);
/// Writes all of `bytes`, however often the system takes only a part.
[[nodiscard]] Result<void> write_all(int fd, ByteView bytes, const std::string& name_for_errors);
/// fsync on a folder, so that a rename in it survives a power failure.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// What happens when a file of the final name exists. `allowed` follows a symbolic link of that name;
/// `allowed_without_links` fails where there is one (ErrorCode::io), or replaces the link itself if it comes later.
enum class Replace { allowed, allowed_without_links, refused };

/// A file that appears under its name only when it is complete and on the disk.
///
/// `create` opens a file without a name in the same folder, which goes by itself when the process ends; where
/// the file system knows no such files, one with an unguessable name, which the destructor removes, or a signal
/// handler that calls remove_unfinished_files. `commit` syncs it, gives it its name and syncs the folder; where there
/// is a file to be replaced, it has an unguessable name in between. Not thread-safe.
class AtomicFile {
 public:
  /// `mode` is applied exactly, without regard to the umask. With Replace::allowed a symbolic link is followed,
  /// and the file it stands for is replaced. With Replace::refused anything of that name is ErrorCode::refused,
  /// here or in `commit`, and stays as it is.
  [[nodiscard]] static Result<AtomicFile> create(const std::filesystem::path& destination, mode_t mode,
                                                 Replace replace);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// A path by which what was written can be read before it takes effect.
  [[nodiscard]] std::filesystem::path temporary() const;
  [[nodiscard]] Result<void> write(ByteView bytes);
  /// Makes what was written durable under its temporary name. `commit` does this too.
  [[nodiscard]] Result<void> sync();
  [[nodiscard]] Result<void> commit();

 private:
  AtomicFile(std::filesystem::path destination, Replace replace);
  [[nodiscard]] Result<void> open_temporary();
  [[nodiscard]] Result<void> give_temporary_name();
  [[nodiscard]] Result<void> take_destination();
  [[nodiscard]] Result<void> take_vacant_destination();

  std::filesystem::path destination_;
  std::filesystem::path temporary_;  // beside the destination; empty while the file has no name
  UnfinishedFile unfinished_;        // keeps that name
  FileDescriptor fd_;
  Replace replace_;
};

/// Writes a whole file through AtomicFile.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& file, ByteView bytes, mode_t mode,
                                                 Replace replace);

}  // namespace holdfast
