#include "device/anchor/generation_mark.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include "core/file.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::string_view kFormat = "holdfast-mark-v1 ";
constexpr std::size_t kMaxFile = 64;

Result<std::uint64_t> parse(std::string_view text, const std::filesystem::path& file) {
  std::uint64_t generation = 0;
  if (text.starts_with(kFormat) && text.ends_with('\n')) {
    const auto number = text.substr(kFormat.size(), text.size() - kFormat.size() - 1);
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), generation);
    if (problem == std::errc() && end == number.data() + number.size() && generation > 0) return generation;
  }
  return Error(ErrorCode::malformed, "'" + file.string() +
                                         "', which remembers the anchor's generation, is damaged; remove it when you "
                                         "know that the anchor is the latest one");
}

Error was_put_back(std::uint64_t generation, std::uint64_t seen) {
  return {ErrorCode::refused,
          "this anchor is generation " + std::to_string(generation) + ", and generation " + std::to_string(seen) +
              " was in use here already: an older copy was put back, perhaps with a backup. Put the latest one in its "
              "place, or go on with this one knowingly: holdfast --accept-rollback status"};
}

// While two processes raise one mark, the lower must not replace the higher.
Result<FileDescriptor> lock_folder(const std::filesystem::path& folder) {
  FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return system_error("open", folder, errno);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_error("lock", folder, errno);
  }
  return fd;
}

Result<void> make_folders(const std::filesystem::path& path) {
  std::filesystem::path folder;
  for (const auto& part : path) {
    folder /= part;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_error("create", folder, errno);
  }
  return {};
}

}  // namespace

Result<std::optional<std::uint64_t>> MarkFolder::read(const AnchorId& anchor) const {
  if (folder_.empty()) return std::optional<std::uint64_t>();
  const auto file = folder_ / anchor.hex();
  const auto bytes = read_trusted_file(file, kMaxFile, "the generation mark");
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return std::optional<std::uint64_t>();
  if (!bytes.ok() && bytes.error().code() != ErrorCode::refused && problem()) return std::optional<std::uint64_t>();
  if (!bytes.ok()) return bytes.error();
  TRY_LET(const auto generation, parse(as_text(*bytes), file), "read generation mark");
  return std::optional(generation);
}

Result<void> MarkFolder::raise(const AnchorId& anchor, std::uint64_t generation) {
  if (problem()) return {};
  TRY(make_folders(folder_), "make folder of generation marks");
  TRY_LET(const auto lock, lock_folder(folder_), "lock folder of generation marks");
  TRY_LET(const auto before, read(anchor), "read generation mark");
  if (before && *before >= generation) return {};
  const auto text = std::string(kFormat) + std::to_string(generation) + "\n";
  return write_file_atomically(folder_ / anchor.hex(), as_bytes(text), 0600, Replace::allowed_without_links);
}

std::optional<std::string> MarkFolder::problem() const {
  if (folder_.empty()) return "there is no home folder";
  auto nearest = folder_;
  while (::faccessat(AT_FDCWD, nearest.c_str(), F_OK, AT_EACCESS) != 0 && errno == ENOENT &&
         nearest.has_relative_path()) {
    nearest = nearest.parent_path();
  }
  const char* const examined = nearest.empty() ? "." : nearest.c_str();
  if (::faccessat(AT_FDCWD, examined, R_OK | W_OK | X_OK, AT_EACCESS) == 0) return std::nullopt;
  return "'" + nearest.string() + "': " + std::generic_category().message(errno);
}

Result<void> see_generation(GenerationMark& mark, const Sighting& sighting) {
  TRY_LET(const auto seen, sighting.seen, "read generation mark");
  const auto generation = sighting.generation;
  if (seen && *seen > generation) return was_put_back(generation, *seen);
  if (seen && *seen == generation) return {};
  // Whoever put it there may not have come to this yet: a mark that outlives its anchor turns a power failure into a
  // rollback.
  if (sync_folder(sighting.state_folder).ok()) (void)mark.raise(sighting.anchor, generation);
  return {};
}

}  // namespace holdfast::anchor
