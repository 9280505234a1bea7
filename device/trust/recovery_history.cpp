#include "device/trust/recovery_history.hpp"

namespace holdfast::trust {
namespace {

constexpr std::chrono::days kGoodFor{365};

}  // namespace

RecoveryHistory recovery_history(const std::vector<Event>& events) {
  RecoveryHistory history;
  for (const auto& event : events) {
    if (event.type == "recovery-code-issued") history.tested.reset();
    if (event.type == "recovery-code-tested") history.tested = event.time;
  }
  return history;
}

RecoveryTest judge(const RecoveryHistory& history, Timestamp now) {
  if (!history.tested) return RecoveryTest::never;
  return now - *history.tested > kGoodFor ? RecoveryTest::long_ago : RecoveryTest::recent;
}

}  // namespace holdfast::trust
