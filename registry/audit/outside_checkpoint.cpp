#include "registry/audit/outside_checkpoint.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/file.hpp"

namespace holdfast::audit {
namespace {

constexpr std::size_t kMaxNote = std::size_t{64} * 1024;

// With what was missing above it, readable by nobody else.
Result<void> make_folder(const std::filesystem::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return {};
  TRY(make_folder(folder.parent_path()), "make parent folder");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_error("make the folder", folder, errno);
  return {};
}

// Not the file itself, which is another one after each change.
Result<FileDescriptor> lock_beside(const std::filesystem::path& file) {
  const auto beside = file.parent_path() / ('.' + file.filename().string() + ".lock");
  FileDescriptor fd(::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return system_error("lock", beside, errno);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_error("lock", beside, errno);
  }
  return fd;
}

}  // namespace

Result<std::optional<std::string>> CheckpointFile::load() {
  const auto bytes = read_trusted_file(file_, kMaxNote, "the checkpoint kept outside the database");
  if (bytes.ok()) return std::optional(std::string(as_text(*bytes)));
  if (bytes.error().code() == ErrorCode::not_found) return std::optional<std::string>();
  return bytes.error();
}

Result<void> CheckpointFile::store(const std::string& note, const Stays& stays) {
  TRY(make_folder(file_.parent_path()), "make folder");
  TRY_LET(const auto lock, lock_beside(file_), "lock the checkpoint kept outside");
  TRY_LET(const auto kept, load(), "read the checkpoint kept outside");
  if (kept && stays(*kept)) return {};
  return write_file_atomically(file_, as_bytes(note), 0644, Replace::allowed_without_links);
}

}  // namespace holdfast::audit
