#include "registry/audit/export.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>

#include "core/file.hpp"
#include "registry/audit/journal.hpp"
#include "registry/audit/tiles.hpp"

namespace holdfast::audit {
namespace {

constexpr std::size_t kMaxNote = std::size_t{64} * 1024;
constexpr std::size_t kMaxBundle = kTileWidth * (2 + domain::kMaxEventSize);
constexpr const char* kCheckpoint = "checkpoint";
constexpr const char* kVerifier = "verifier";

Error malformed(const std::string& why) { return {ErrorCode::malformed, why}; }

// Takes away what was written, unless it is whole.
class NewFolder {
 public:
  explicit NewFolder(std::filesystem::path path) : path_(std::move(path)) {}
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return system_error("make the folder", folder, problem.value());
  return {};
}

Result<Bytes> tile_content(domain::LogRows& rows, const Tile& tile) {
  const std::uint64_t first = tile.index * kTileWidth;
  Bytes content;
  if (tile.row != Tile::kEntries) {
    TRY_LET(const auto hashes, rows.nodes(tile.row, first, tile.width), "read hashes");
    for (const auto& hash : hashes) append(content, hash);
    return content;
  }
  TRY_LET(const auto entries, rows.entries(first, tile.width), "read entries");
  if (entries.size() != tile.width) return malformed("the log ends before its size");
  for (const auto& entry : entries) TRY(append_entry(content, as_bytes(entry.text)), "write entry");
  return content;
}

Result<void> write_file(const std::filesystem::path& file, ByteView content) {
  TRY(make_folder(file.parent_path()), "make folder");
  return write_file_atomically(file, content, 0644, Replace::refused);
}

Result<std::string> newest_note(domain::LogRows& rows) {
  TRY_LET(const auto note, rows.checkpoint(), "read checkpoint");
  if (note) return *note;
  return Error(ErrorCode::not_found, "the log has no checkpoint yet");
}

// What is there of a log, entry by entry and tile by tile.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;
  [[nodiscard]] virtual Result<std::vector<Bytes>> entries(const Tile& bundle) = 0;
  [[nodiscard]] virtual Result<std::vector<TreeHash>> hashes(const Tile& tile) = 0;
};

class FolderSource : public Source {
 public:
  explicit FolderSource(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<std::vector<Bytes>> entries(const Tile& bundle) override {
    TRY_LET(const auto content, read_file(folder_ / path_of(bundle), kMaxBundle), "read bundle");
    const auto views = parse_bundle(content, bundle.width);
    if (!views.ok()) return malformed("'" + path_of(bundle) + "': " + views.error().message());
    std::vector<Bytes> entries;
    for (const auto view : *views) entries.emplace_back(view.begin(), view.end());
    return entries;
  }

  Result<std::vector<TreeHash>> hashes(const Tile& tile) override {
    constexpr std::size_t kSize = sizeof(TreeHash);
    TRY_LET(const auto content, read_file(folder_ / path_of(tile), kTileWidth * kSize), "read tile");
    if (content.size() != tile.width * kSize) return malformed("'" + path_of(tile) + "' has another size");
    std::vector<TreeHash> hashes(tile.width);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      std::ranges::copy(ByteView(content).subspan(i * kSize, kSize), hashes[i].begin());
    }
    return hashes;
  }

 private:
  std::filesystem::path folder_;
};

class RowSource : public Source {
 public:
  explicit RowSource(domain::LogRows& rows) : rows_(rows) {}

  Result<std::vector<Bytes>> entries(const Tile& bundle) override {
    const std::uint64_t first = bundle.index * kTileWidth;
    TRY_LET(const auto stored, rows_.entries(first, bundle.width), "read entries");
    std::vector<Bytes> entries;
    for (const auto& entry : stored) {
      if (entry.index != first + entries.size()) break;
      TRY(check_index(entry), "check entry");
      const auto bytes = as_bytes(entry.text);
      entries.emplace_back(bytes.begin(), bytes.end());
    }
    if (entries.size() == bundle.width) return entries;
    return malformed("entry " + std::to_string(first + entries.size()) + " of the log is missing");
  }

  Result<std::vector<TreeHash>> hashes(const Tile& tile) override {
    return rows_.nodes(tile.row, tile.index * kTileWidth, tile.width);
  }

 private:
  // The column by which an identity's entries are found is not in the tree, so it must say what the entry says.
  static Result<void> check_index(const domain::LogEntry& entry) {
    const auto event = domain::parse_event(entry.text);
    if (event.ok() && event->identity == entry.identity) return {};
    return malformed("entry " + std::to_string(entry.index) +
                     (event.ok() ? " is listed under another identity than its own" : " is no event"));
  }

  domain::LogRows& rows_;
};

// Compares what a log keeps with what follows from its entries.
class Comparison {
 public:
  explicit Comparison(Source& source) : source_(source) {}

  Result<TreeHash> root_of(std::uint64_t size) {
    for (std::uint64_t first = 0; first < size; first += kTileWidth) {
      const Tile bundle{Tile::kEntries, first / kTileWidth,
                        static_cast<unsigned>(std::min<std::uint64_t>(kTileWidth, size - first))};
      TRY_LET(const auto entries, source_.entries(bundle), "read entries");
      for (const Bytes& entry : entries) TRY(take(entry), "take entry");
    }
    for (auto& [row, hashes] : pending_) TRY(compare(row, hashes), "compare tile");
    return edge_.root();
  }

 private:
  Result<void> take(const Bytes& entry) {
    TRY_LET(const auto leaf, hash_leaf(entry), "hash entry");
    TRY_LET(const auto complete, edge_.append(leaf), "append entry");
    for (const auto& hash : complete) {
      auto& hashes = pending_[hash.row];
      hashes.push_back(hash.hash);
      if (hashes.size() < kTileWidth) continue;
      TRY(compare(hash.row, hashes), "compare tile");
      hashes.clear();
      ++tiles_[hash.row];
    }
    return {};
  }

  Result<void> compare(unsigned row, const std::vector<TreeHash>& computed) {
    if (computed.empty()) return {};
    const Tile tile{row, tiles_[row], static_cast<unsigned>(computed.size())};
    TRY_LET(const auto kept, source_.hashes(tile), "read tile");
    const auto [differs, ignored] = std::ranges::mismatch(kept, computed);
    if (differs == kept.end()) return {};
    const auto place = tile.index * kTileWidth + static_cast<std::uint64_t>(differs - kept.begin());
    if (row == 0) return malformed("entry " + std::to_string(place) + " of the log was altered");
    return malformed("hash " + std::to_string(place) + " of row " + std::to_string(row) + " was altered");
  }

  Source& source_;
  Frontier edge_;
  std::map<unsigned, std::vector<TreeHash>> pending_;
  std::map<unsigned, std::uint64_t> tiles_;
};

Result<Checkpoint> verify(Source& source, const std::string& note, const NoteVerifier& verifier) {
  TRY_LET(auto checkpoint, open_checkpoint(verifier, note), "read checkpoint");
  TRY_LET(const auto root, Comparison(source).root_of(checkpoint.size), "compute root");
  if (root == checkpoint.root) return checkpoint;
  return malformed("the " + std::to_string(checkpoint.size) +
                   " entries and all hashes fit together, but not the signed checkpoint: the log was written anew");
}

}  // namespace

Result<Checkpoint> export_log(domain::LogRows& rows, const NoteVerifier& verifier,
                              const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0755) != 0) {
    if (errno != EEXIST) return system_error("make the folder", folder, errno);
    return Error(ErrorCode::refused, "'" + folder.string() + "' exists already; name a new folder");
  }
  NewFolder made(folder);
  TRY_LET(const auto note, newest_note(rows), "read checkpoint");
  TRY_LET(auto checkpoint, open_checkpoint(verifier, note), "read checkpoint");
  for (const Tile& tile : tiles_of(checkpoint.size)) {
    TRY_LET(const auto content, tile_content(rows, tile), "read tile");
    TRY(write_file(folder / path_of(tile), content), "write tile");
  }
  TRY(write_file(folder / kVerifier, as_bytes(verifier.to_text() + '\n')), "write verifier key");
  TRY(write_file(folder / kCheckpoint, as_bytes(note)), "write checkpoint");
  made.keep();
  return checkpoint;
}

Result<Checkpoint> verify_export(const std::filesystem::path& folder, const NoteVerifier& verifier) {
  TRY_LET(const auto note, read_file(folder / kCheckpoint, kMaxNote), "read checkpoint");
  FolderSource source(folder);
  return verify(source, std::string(as_text(note)), verifier);
}

Result<void> read_export(const std::filesystem::path& folder, std::uint64_t first, std::uint64_t size,
                         const std::function<Result<void>(std::string_view)>& take) {
  FolderSource source(folder);
  for (std::uint64_t index = first / kTileWidth; index * kTileWidth < size; ++index) {
    const auto begin = index * kTileWidth;
    const Tile bundle{Tile::kEntries, index, static_cast<unsigned>(std::min<std::uint64_t>(kTileWidth, size - begin))};
    TRY_LET(const auto entries, source.entries(bundle), "read entries");
    for (std::size_t i = first > begin ? first - begin : 0; i < entries.size(); ++i) {
      TRY(take(as_text(entries[i])), "take entry");
    }
  }
  return {};
}

Result<TreeHash> earlier_root(const std::filesystem::path& folder, std::uint64_t size, std::uint64_t part) {
  Frontier edge;
  const auto take = [&](std::string_view entry) -> Result<void> {
    if (edge.size() == part) return {};
    TRY_LET(const auto leaf, hash_leaf(as_bytes(entry)), "hash entry");
    TRY(edge.append(leaf), "append entry");
    return {};
  };
  TRY(read_export(folder, 0, size, take), "read entries");
  return edge.root();
}

Result<Checkpoint> verify_rows(domain::LogRows& rows, const NoteVerifier& verifier) {
  TRY_LET(const auto note, newest_note(rows), "read checkpoint");
  TRY_LET(const auto size, rows.size(), "read the log's size");
  RowSource source(rows);
  TRY_LET(auto checkpoint, verify(source, note, verifier), "verify");
  if (checkpoint.size == size) return checkpoint;
  return malformed("the log has " + std::to_string(size) + " entries, and its checkpoint stands for " +
                   std::to_string(checkpoint.size));
}

}  // namespace holdfast::audit
