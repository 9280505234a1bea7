#include "registry/audit/tiles.hpp"

#include <gtest/gtest.h>

#include "registry/audit/test_support.hpp"

namespace holdfast::audit {
namespace {

using test::must;

struct Known {
  Tile tile;
  std::string path;
};

const std::vector<Known> kKnown{
    {{0, 0}, "tile/0/000"},
    {{0, 999}, "tile/0/999"},
    {{0, 1000}, "tile/0/x001/000"},
    {{0, 1234067}, "tile/0/x001/x234/067"},
    {{2, 5, 17}, "tile/2/005.p/17"},
    {{Tile::kEntries, 0, 255}, "tile/entries/000.p/255"},
    {{Tile::kEntries, 1000000}, "tile/entries/x001/x000/000"},
};

TEST(Tiles, HaveThePathsOfTheSpecification) {
  for (const auto& known : kKnown) {
    EXPECT_EQ(path_of(known.tile), known.path);
    EXPECT_EQ(parse_tile_path(known.path), known.tile) << known.path;
  }
}

TEST(Tiles, EachHasOnePath) {
  for (const auto* const path : {"",
                                 "tile",
                                 "tile/",
                                 "tile/0",
                                 "tile/0/",
                                 "tile/0/0",
                                 "tile/0/0000",
                                 "tile/0/x000/001",
                                 "tile/0/x01/001",
                                 "tile/00/000",
                                 "tile/8/000",
                                 "tile/-1/000",
                                 "tile/0/000.p/0",
                                 "tile/0/000.p/256",
                                 "tile/0/000.p/",
                                 "tile/0/000.p/01",
                                 "tile/0/x001",
                                 "tile/0/000/",
                                 "tile/0/../000",
                                 "tile/entries/00a",
                                 "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                                 "Tile/0/000"}) {
    EXPECT_EQ(parse_tile_path(path), std::nullopt) << path;
  }
}

TEST(Tiles, AreAllThatALogHas) {
  EXPECT_TRUE(tiles_of(0).empty());
  const std::vector<Tile> small{{Tile::kEntries, 0, 3}, {0, 0, 3}};
  EXPECT_EQ(tiles_of(3), small);
  const std::vector<Tile> larger{
      {Tile::kEntries, 0}, {Tile::kEntries, 1}, {Tile::kEntries, 2, 1}, {0, 0}, {0, 1}, {0, 2, 1}, {1, 0, 2}};
  EXPECT_EQ(tiles_of(513), larger);
}

TEST(Tiles, BundlesAreReadAsTheyWereWritten) {
  Bytes bundle;
  const Bytes large(65535, 0x5A);
  ASSERT_TRUE(append_entry(bundle, as_bytes("one")).ok());
  ASSERT_TRUE(append_entry(bundle, {}).ok());
  ASSERT_TRUE(append_entry(bundle, large).ok());
  EXPECT_EQ(append_entry(bundle, Bytes(65536)).error().code(), ErrorCode::usage);
  const auto entries = must(parse_bundle(bundle, 3));
  EXPECT_EQ(as_text(entries[0]), "one");
  EXPECT_TRUE(entries[1].empty());
  EXPECT_TRUE(std::ranges::equal(entries[2], large));
  EXPECT_FALSE(parse_bundle(bundle, 2).ok());
  EXPECT_FALSE(parse_bundle(bundle, 4).ok());
  for (std::size_t size = 0; size < bundle.size(); size += size < 10 ? 1 : 1000) {
    EXPECT_FALSE(parse_bundle(ByteView(bundle).first(size), 3).ok()) << size;
  }
}

}  // namespace
}  // namespace holdfast::audit
