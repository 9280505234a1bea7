#include "registry/audit/outside_checkpoint.hpp"

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

}  // namespace

Result<std::optional<std::string>> CheckpointFile::load() {
  const auto bytes = read_trusted_file(file_, kMaxNote, "the checkpoint kept outside the database");
  if (bytes.ok()) return std::optional(std::string(as_text(*bytes)));
  if (bytes.error().code() == ErrorCode::not_found) return std::optional<std::string>();
  return bytes.error();
}

Result<void> CheckpointFile::store(const std::string& note) {
  TRY(make_folder(file_.parent_path()), "make folder");
  return write_file_atomically(file_, as_bytes(note), 0644, Replace::allowed_without_links);
}

}  // namespace holdfast::audit
