#include "device/trust/recovery_history.hpp"

#include <gtest/gtest.h>

namespace holdfast::trust {
namespace {

constexpr Timestamp kBegin{std::chrono::seconds(1'800'000'000)};
constexpr std::chrono::days kYear{365};

std::vector<Event> events(const std::vector<std::string>& types) {
  std::vector<Event> events;
  for (const auto& type : types)
    events.push_back({events.size() + 1, kBegin + std::chrono::hours(events.size()), type, ""});
  return events;
}

TEST(RecoveryHistory, KnowsTheLastTest) {
  EXPECT_FALSE(recovery_history({}).tested);
  EXPECT_FALSE(recovery_history(events({"anchor-created", "recovery-code-issued"})).tested);
  const auto tested = events({"anchor-created", "recovery-code-issued", "recovery-code-tested", "migrated",
                              "recovery-code-tested", "migrated"});
  EXPECT_EQ(recovery_history(tested).tested, kBegin + std::chrono::hours(4));
}

TEST(RecoveryHistory, ANewCodeIsUntested) {
  EXPECT_FALSE(
      recovery_history(events({"recovery-code-issued", "recovery-code-tested", "recovery-code-issued"})).tested);
}

TEST(RecoveryHistory, OfAnEscrowIsAnother) {
  const auto both =
      events({"recovery-code-issued", "escrow-made", "recovery-code-tested", "escrow-tested", "migrated"});
  EXPECT_EQ(recovery_history(both).tested, kBegin + std::chrono::hours(2));
  EXPECT_EQ(escrow_history(both).tested, kBegin + std::chrono::hours(3));
  EXPECT_FALSE(escrow_history(events({"escrow-made", "escrow-tested", "escrow-made"})).tested);
}

TEST(RecoveryHistory, IsJudgedByTheYear) {
  EXPECT_EQ(judge({}, kBegin), RecoveryTest::never);
  EXPECT_EQ(judge({kBegin}, kBegin), RecoveryTest::recent);
  EXPECT_EQ(judge({kBegin}, kBegin + kYear), RecoveryTest::recent);
  EXPECT_EQ(judge({kBegin}, kBegin + kYear + std::chrono::seconds(1)), RecoveryTest::long_ago);
}

}  // namespace
}  // namespace holdfast::trust
