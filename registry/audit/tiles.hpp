// Tiles (C2SP tlog-tiles): a log as files that never change, once they are whole.
#pragma once

#include "registry/audit/merkle.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::audit {

/// A tile of hashes, or a bundle of entries.
struct Tile {
  static constexpr unsigned kEntries = ~0U;  ///< in the place of a row: entries themselves

  unsigned row = 0;                                    ///< of HashRows; or kEntries
  std::uint64_t index = 0;                             ///< 256 hashes or entries before it for each
  unsigned width = static_cast<unsigned>(kTileWidth);  ///< 1 to 256; less than 256: the log's end

  bool operator==(const Tile&) const = default;
};

/// Where a tile lies below the log's address: "tile/0/x001/x234/067", "tile/entries/000.p/17".
[[nodiscard]] std::string path_of(const Tile& tile);
/// The tile at a path; nothing where the path is none of a tile.
[[nodiscard]] std::optional<Tile> parse_tile_path(std::string_view path);

/// Every tile that a log of `size` entries has: for each row the whole ones and the last, and the bundles of entries.
[[nodiscard]] std::vector<Tile> tiles_of(std::uint64_t size);

/// Appends an entry to a bundle: its length in two bytes, and itself. ErrorCode::usage where it is longer than 65,535
/// bytes.
[[nodiscard]] Result<void> append_entry(Bytes& bundle, ByteView entry);
/// The entries of a bundle. The views borrow from it. ErrorCode::malformed where it does not hold `count` whole ones.
[[nodiscard]] Result<std::vector<ByteView>> parse_bundle(ByteView bundle, std::size_t count);

}  // namespace holdfast::audit
