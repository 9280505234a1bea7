#include "registry/audit/tiles.hpp"

#include <charconv>
#include <format>

namespace holdfast::audit {
namespace {

constexpr std::string_view kRoot = "tile/";
constexpr std::string_view kBundles = "entries";
constexpr std::string_view kPartial = ".p/";
constexpr std::size_t kMaxEntry = 0xFFFF;
constexpr unsigned kMaxRow = 63 / kTileHeight;

// Groups of three digits, all but the last with an x before them, so that no folder gets large.
std::string index_text(std::uint64_t index) {
  auto text = std::format("{:03}", index % 1000);
  for (index /= 1000; index != 0; index /= 1000) text = std::format("x{:03}/{}", index % 1000, text);
  return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_index(std::string_view text) {
  std::string digits;
  const auto spelled = text;
  while (text.starts_with('x')) {
    if (text.size() < 5 || text[4] != '/') return std::nullopt;
    digits += text.substr(1, 3);
    text.remove_prefix(5);
  }
  digits += text;
  const auto index = parse_number(digits, UINT64_MAX);
  if (!index || index_text(*index) != spelled) return std::nullopt;
  return index;
}

void append_row(std::vector<Tile>& tiles, unsigned row, std::uint64_t hashes) {
  for (std::uint64_t i = 0; i < hashes / kTileWidth; ++i) tiles.push_back({row, i});
  if (const auto rest = hashes % kTileWidth; rest != 0) {
    tiles.push_back({row, hashes / kTileWidth, static_cast<unsigned>(rest)});
  }
}

}  // namespace

std::string path_of(const Tile& tile) {
  const auto row = tile.row == Tile::kEntries ? std::string(kBundles) : std::to_string(tile.row);
  const auto part = tile.width < kTileWidth ? std::string(kPartial) + std::to_string(tile.width) : "";
  return std::string(kRoot) + row + '/' + index_text(tile.index) + part;
}

std::optional<Tile> parse_tile_path(std::string_view path) {
  const auto spelled = path;
  if (!path.starts_with(kRoot)) return std::nullopt;
  path.remove_prefix(kRoot.size());
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Tile tile;
  if (const auto row = path.substr(0, slash); row == kBundles) {
    tile.row = Tile::kEntries;
  } else {
    const auto number = parse_number(row, kMaxRow);
    if (!number) return std::nullopt;
    tile.row = static_cast<unsigned>(*number);
  }
  path.remove_prefix(slash + 1);
  if (const auto part = path.find(kPartial); part != std::string_view::npos) {
    const auto width = parse_number(path.substr(part + kPartial.size()), kTileWidth - 1);
    if (!width || *width == 0) return std::nullopt;
    tile.width = static_cast<unsigned>(*width);
    path = path.substr(0, part);
  }
  const auto index = parse_index(path);
  if (!index) return std::nullopt;
  tile.index = *index;
  // One tile has one path.
  return path_of(tile) == spelled ? std::optional(tile) : std::nullopt;
}

std::vector<Tile> tiles_of(std::uint64_t size) {
  std::vector<Tile> tiles;
  append_row(tiles, Tile::kEntries, size);
  auto hashes = size;
  for (unsigned row = 0; hashes != 0; ++row, hashes /= kTileWidth) append_row(tiles, row, hashes);
  return tiles;
}

Result<void> append_entry(Bytes& bundle, ByteView entry) {
  if (entry.size() > kMaxEntry) {
    return Error(ErrorCode::usage,
                 std::format("an entry of a log has at most {} bytes, and this one {}", kMaxEntry, entry.size()));
  }
  bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8U));
  bundle.push_back(static_cast<std::uint8_t>(entry.size()));
  append(bundle, entry);
  return {};
}

Result<std::vector<ByteView>> parse_bundle(ByteView bundle, std::size_t count) {
  const Error wrong(ErrorCode::malformed, std::format("a bundle of a log does not hold {} entries", count));
  std::vector<ByteView> entries;
  while (!bundle.empty()) {
    if (entries.size() == count || bundle.size() < 2) return wrong;
    const auto size = static_cast<std::size_t>(bundle[0] << 8U | bundle[1]);
    if (bundle.size() < 2 + size) return wrong;
    entries.push_back(bundle.subspan(2, size));
    bundle = bundle.subspan(2 + size);
  }
  if (entries.size() != count) return wrong;
  return entries;
}

}  // namespace holdfast::audit
