#include "core/file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/encoding.hpp"

namespace holdfast {
namespace {

Error too_large(const std::string& name, std::size_t limit) {
  return {ErrorCode::malformed, "'" + name + "' is larger than the " + std::to_string(limit) + " bytes allowed here"};
}

Result<FileDescriptor> open_for_reading(const std::filesystem::path& file) {
  FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return system_error("open", file, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return system_error("examine", file, errno);
  if (S_ISDIR(info.st_mode)) return system_error("read", file, EISDIR);
  return fd;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

Error exists_already(const std::filesystem::path& file) {
  return {ErrorCode::refused, "'" + file.string() + "' exists already"};
}

// What the kernel's protected_symlinks would refuse, which does not see links that are followed by hand: another
// user's link in a folder that is open to all.
Result<void> check_link(const std::filesystem::path& path) {
  struct stat link{};
  struct stat folder{};
  if (::lstat(path.c_str(), &link) != 0 || ::stat(folder_of(path).c_str(), &folder) != 0) {
    return system_error("follow", path, errno);
  }
  constexpr mode_t kOpenToAll = S_ISVTX | S_IWOTH;
  const bool shared = (folder.st_mode & kOpenToAll) == kOpenToAll;
  if (!shared || link.st_uid == ::geteuid() || link.st_uid == folder.st_uid) return {};
  return Error(ErrorCode::refused, "'" + path.string() + "' is another user's link in a folder that is open to all");
}

// What a name finally stands for, also where that does not exist yet.
Result<std::filesystem::path> follow_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // the kernel's own limit
  std::error_code problem;
  for (int i = 0; i < kMostLinks; ++i) {
    const auto next = std::filesystem::read_symlink(path, problem);
    if (problem) return path;
    TRY(check_link(path), "follow link");
    path = next.is_absolute() ? next : folder_of(path) / next;
  }
  return system_error("follow", path, ELOOP);
}

Result<void> check_writers(const struct stat& info, const std::filesystem::path& file, const std::string& what) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::refused, what + " '" + file.string() + "' " + why);
  };
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return refuse("belongs to another user (uid " + std::to_string(info.st_uid) + "); make it yours with chown");
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refuse("is writable by other accounts; take that right away with chmod go-w");
  }
  return {};
}

std::filesystem::path path_of_descriptor(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// Beside `file`, since a rename does not cross file systems.
Result<std::filesystem::path> unguessable_name(const std::filesystem::path& file) {
  std::array<std::uint8_t, 8> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return Error(ErrorCode::internal, "the system gave no random bytes");
  }
  return folder_of(file) / ("." + file.filename().string() + "." + to_hex(random) + ".tmp");
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> FileDescriptor::close(const std::string& name_for_errors) {
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0 && ::close(fd) != 0) return system_error("close", name_for_errors, errno);
  return {};
}

Error system_error(const std::string& what, const std::filesystem::path& file, int error_number) {
  const auto code = error_number == ENOENT ? ErrorCode::not_found : ErrorCode::io;
  return {code, "cannot " + what + " '" + file.string() + "': " + std::generic_category().message(error_number)};
}

Result<std::size_t> read_full(int fd, MutableByteView buffer, const std::string& name_for_errors) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t got = ::read(fd, buffer.data() + done, buffer.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", name_for_errors, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> write_all(int fd, ByteView bytes, const std::string& name_for_errors) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("write", name_for_errors, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<Bytes> read_descriptor(int fd, const std::string& name_for_errors, std::size_t limit) {
  Bytes bytes;
  std::array<std::uint8_t, 16384> buffer{};
  while (true) {
    TRY_LET(const std::size_t got, read_full(fd, buffer, name_for_errors), "read file");
    append(bytes, ByteView(buffer).first(got));
    if (bytes.size() > limit) return too_large(name_for_errors, limit);
    if (got < buffer.size()) return bytes;
  }
}

Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit) {
  TRY_LET(const FileDescriptor fd, open_for_reading(file), "open file");
  return read_descriptor(fd.get(), file.string(), limit);
}

Result<Bytes> read_trusted_file(const std::filesystem::path& file, std::size_t limit, const std::string& what) {
  TRY_LET(const FileDescriptor fd, open_for_reading(file), "open file");
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return system_error("examine", file, errno);
  TRY(check_writers(info, file, what), "check who may write");
  return read_descriptor(fd.get(), file.string(), limit);
}

Result<SecretBytes> read_secret_descriptor(int fd, const std::string& name_for_errors, std::size_t limit) {
  SecretBytes room(limit + 1);
  TRY_LET(const std::size_t got, read_full(fd, room.expose_mutable(SecretAccess{}), name_for_errors), "read secret");
  if (got > limit) return too_large(name_for_errors, limit);
  return SecretBytes::copy_of(room.expose(SecretAccess{}).first(got));
}

Result<SecretBytes> read_secret_file(const std::filesystem::path& file, std::size_t limit) {
  TRY_LET(const FileDescriptor fd, open_for_reading(file), "open secret file");
  return read_secret_descriptor(fd.get(), file.string(), limit);
}

Result<void> check_nobody_else_writes(const std::filesystem::path& file, const std::string& what) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return {};
  return check_writers(info, file, what);
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return system_error("open folder", folder, errno);
  if (::fsync(fd.get()) != 0) return system_error("sync folder", folder, errno);
  return {};
}

AtomicFile::AtomicFile(std::filesystem::path destination, Replace replace)
    : destination_(std::move(destination)), replace_(replace) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : destination_(std::move(other.destination_)),
      temporary_(std::exchange(other.temporary_, {})),
      unfinished_(std::move(other.unfinished_)),
      fd_(std::move(other.fd_)),
      replace_(other.replace_) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& destination, mode_t mode, Replace replace) {
  std::filesystem::path target = destination;
  if (replace == Replace::allowed) {
    TRY_LET(target, follow_links(destination), "follow links");
  }
  std::error_code ignored;
  const auto there = std::filesystem::symlink_status(target, ignored);
  if (std::filesystem::exists(there) && replace == Replace::refused) return exists_already(destination);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return Error(ErrorCode::io,
                 "cannot create '" + destination.string() + "': something that is no ordinary file has that name");
  }
  AtomicFile file(target, replace);
  TRY(file.open_temporary(), "open new file");
  if (::fchmod(file.descriptor(), mode) != 0) return system_error("set the mode of", destination, errno);
  return file;
}

Result<void> AtomicFile::open_temporary() {
  fd_ = FileDescriptor(::open(folder_of(destination_).c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  if (fd_.valid()) return {};
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return system_error("create", destination_, errno);
  TRY_LET(auto name, unguessable_name(destination_), "choose temporary name");
  unfinished_ = UnfinishedFile(name);
  fd_ = FileDescriptor(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_.valid()) return system_error("create", destination_, errno);
  temporary_ = std::move(name);
  return {};
}

std::filesystem::path AtomicFile::temporary() const {
  return temporary_.empty() ? path_of_descriptor(fd_.get()) : temporary_;
}

Result<void> AtomicFile::write(ByteView bytes) { return write_all(fd_.get(), bytes, destination_.string()); }

Result<void> AtomicFile::sync() {
  if (::fsync(fd_.get()) != 0) return system_error("write", destination_, errno);
  return {};
}

Result<void> AtomicFile::commit() {
  TRY(sync(), "sync new file");
  TRY(take_destination(), "put new file in place");
  TRY(fd_.close(destination_.string()), "close new file");
  return sync_folder(folder_of(destination_));
}

Result<void> AtomicFile::take_destination() {
  if (temporary_.empty()) {
    // Without a name in between there is nothing that a kill could leave behind. A link never replaces anything.
    const auto path = path_of_descriptor(fd_.get());
    if (::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, destination_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
    if (errno != EEXIST) return system_error("create", destination_, errno);
    if (replace_ == Replace::refused) return exists_already(destination_);
    TRY(give_temporary_name(), "name new file");
  }
  if (replace_ == Replace::refused) return take_vacant_destination();
  if (::rename(temporary_.c_str(), destination_.c_str()) != 0) return system_error("create", destination_, errno);
  temporary_.clear();
  return {};
}

Result<void> AtomicFile::take_vacant_destination() {
  // A file system without nameless files may have no hard links either (FAT), but then it can rename.
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, destination_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return {};
  }
  if (errno == EEXIST) return exists_already(destination_);
  if (errno != EINVAL && errno != ENOSYS) return system_error("create", destination_, errno);
  if (::linkat(AT_FDCWD, temporary_.c_str(), AT_FDCWD, destination_.c_str(), 0) == 0) return {};
  if (errno == EEXIST) return exists_already(destination_);
  return system_error("create", destination_, errno);
}

Result<void> AtomicFile::give_temporary_name() {
  TRY_LET(auto name, unguessable_name(destination_), "choose temporary name");
  const auto path = path_of_descriptor(fd_.get());
  unfinished_ = UnfinishedFile(name);
  if (::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return system_error("create", destination_, errno);
  }
  temporary_ = std::move(name);
  return {};
}

Result<void> write_file_atomically(const std::filesystem::path& file, ByteView bytes, mode_t mode, Replace replace) {
  TRY_LET(auto writer, AtomicFile::create(file, mode, replace), "create file");
  TRY(writer.write(bytes), "write file");
  return writer.commit();
}

}  // namespace holdfast
