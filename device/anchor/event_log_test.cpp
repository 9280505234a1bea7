#include "device/anchor/event_log.hpp"

#include <gtest/gtest.h>

#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using test::fixed_clock;
using test::must;

EventLog log_of(int count) {
  EventLog log;
  for (int i = 1; i <= count; ++i)
    must(log.append(fixed_clock(), "type-" + std::to_string(i), "detail " + std::to_string(i)));
  return log;
}

TEST(EventLog, ReadsWhatItWrote) {
  const auto log = log_of(3);
  const auto read = must(EventLog::parse(as_bytes(log.text()), log.head()));
  EXPECT_EQ(read.text(), log.text());
  EXPECT_EQ(read.head(), log.head());
  ASSERT_EQ(read.events().size(), 3U);
  EXPECT_EQ(read.events()[2].type, "type-3");
  EXPECT_EQ(read.events()[2].time, fixed_clock());
}

TEST(EventLog, FindsEditedRemovedAndReorderedEntries) {
  const auto log = log_of(3);
  const std::string& text = log.text();
  const auto first = text.find('\n') + 1;
  const auto second = text.find('\n', first) + 1;
  const std::vector<std::pair<const char*, std::string>> broken{
      {"edited", std::string(text).replace(text.find("detail 2"), 8, "detail X")},
      {"first removed", text.substr(first)},
      {"middle removed", text.substr(0, first) + text.substr(second)},
      {"reordered", text.substr(first, second - first) + text.substr(0, first) + text.substr(second)},
      {"not canonical", " " + text},
  };
  for (const auto& [what, bytes] : broken) {
    const auto read = EventLog::parse(as_bytes(bytes), log.head());
    ASSERT_FALSE(read.ok()) << what;
    EXPECT_EQ(read.error().code(), ErrorCode::malformed);
    EXPECT_NE(read.error().message().find("line"), std::string::npos);
  }
}

// An edit of the last entry breaks no chain; only the authenticated head finds it.
TEST(EventLog, IsHeldAgainstTheAuthenticatedHead) {
  const auto log = log_of(3);
  auto edited = log.text();
  edited.replace(edited.find("detail 3"), 8, "detail X");
  EXPECT_FALSE(EventLog::parse(as_bytes(edited), log.head()).ok());
  EXPECT_FALSE(EventLog::parse(as_bytes(log_of(2).text()), log.head()).ok());
  EXPECT_FALSE(EventLog::parse({}, log.head()).ok());
  EXPECT_TRUE(EventLog::parse({}, EventHead{}).ok());
}

TEST(EventLog, PassesOverWhateverFollowsTheAuthenticatedHead) {
  const auto committed = log_of(2);
  const std::vector<std::string> tails{log_of(4).text().substr(committed.text().size()),
                                       std::string("{\"detail\":\"power fai"), std::string("garbage\n\n")};
  for (const auto& tail : tails) {
    const auto read = must(EventLog::parse(as_bytes(committed.text() + tail), committed.head()));
    EXPECT_EQ(read.text(), committed.text());
    EXPECT_EQ(read.head(), committed.head());
  }
}

}  // namespace
}  // namespace holdfast::anchor
