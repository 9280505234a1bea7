// The log's rows.
#include <gtest/gtest.h>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::LogEntry;
using domain::LogNode;
using domain::Transaction;

class Log : public StorageTest {};
INSTANTIATE_TEST_SUITE_P(Storage, Log, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(Log, EveryByteOfAnEntryIsKept) {
  const auto identity = must(domain::IdentityId::create(kNow));
  const std::vector<LogEntry> entries{
      {.index = 0, .identity = std::nullopt, .text = R"({"what":"\"quoted\" \\ {back,slash}"})"},
      {.index = 1, .identity = identity, .text = "umlauts äöü, 漢字, \xF0\x9F\x98\x80, NULL, $1, :1, :name, ''"},
      {.index = 2, .identity = identity, .text = std::string(domain::kMaxEventSize, 'x')},
      {.index = 3, .identity = std::nullopt, .text = " line\nend\r\n\t "},
  };
  std::vector<LogNode> nodes;
  for (std::uint64_t i = 0; i < 4; ++i) nodes.push_back({.row = 0, .index = i, .hash = fresh_hash()});
  nodes.push_back({.row = 1, .index = 0, .hash = fresh_hash()});
  change([&](Transaction& to) {
    EXPECT_EQ(must(to.log().size()), 0U);
    must(to.log().append(std::span(entries).first(1), std::span(nodes).first(1)));
    must(to.log().append(std::span(entries).subspan(1), std::span(nodes).subspan(1)));
    must(to.log().append({}, {}));
    EXPECT_EQ(must(to.log().size()), 4U);
  });
  read([&](Transaction& from) {
    const auto found = must(from.log().entries(0, 10));
    EXPECT_EQ(found.size(), entries.size());
    for (std::size_t i = 0; i < std::min(found.size(), entries.size()); ++i) {
      EXPECT_EQ(found[i].index, i);
      EXPECT_EQ(found[i].identity, entries[i].identity);
      EXPECT_EQ(found[i].text, entries[i].text);
    }
    EXPECT_EQ(must(from.log().entries(1, 2)).size(), 2U);
    EXPECT_EQ(must(from.log().entries_of(identity)).size(), 2U);
    EXPECT_EQ(must(from.log().nodes(0, 1, 3)),
              (std::vector<domain::LogHash>{nodes[1].hash, nodes[2].hash, nodes[3].hash}));
    EXPECT_EQ(must(from.log().nodes(1, 0, 1)).front(), nodes[4].hash);
    EXPECT_TRUE(failed(from.log().nodes(0, 2, 3), ErrorCode::malformed, "missing in row 0"));
    EXPECT_TRUE(failed(from.log().nodes(7, 0, 1), ErrorCode::malformed));
    EXPECT_EQ(must(from.log().nodes(0, 0, 0)).size(), 0U);
    return 0;
  });
}

TEST_P(Log, TheNewestCheckpointIsKept) {
  EXPECT_EQ(read([](Transaction& from) { return must(from.log().checkpoint()); }), std::nullopt);
  change([&](Transaction& to) { must(to.log().keep_checkpoint(1, "first\n")); });
  change([&](Transaction& to) { must(to.log().keep_checkpoint(5, "second\n")); });
  EXPECT_EQ(read([](Transaction& from) { return must(from.log().checkpoint()); }), "second\n");
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.log().keep_checkpoint(4, "back"); }),
                     ErrorCode::refused, "only grows"));
}

}  // namespace
}  // namespace holdfast::storage
