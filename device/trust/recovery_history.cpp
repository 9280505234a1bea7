#include "device/trust/recovery_history.hpp"

namespace holdfast::trust {
namespace {

constexpr std::chrono::days kGoodFor{365};

RecoveryHistory history_of(const std::vector<Event>& events, std::string_view made, std::string_view tested) {
  RecoveryHistory history;
  for (const auto& event : events) {
    if (event.type == made) history.tested.reset();
    if (event.type == tested) history.tested = event.time;
  }
  return history;
}

}  // namespace

RecoveryHistory recovery_history(const std::vector<Event>& events) {
  return history_of(events, "recovery-code-issued", "recovery-code-tested");
}

RecoveryHistory escrow_history(const std::vector<Event>& events) {
  return history_of(events, "escrow-made", "escrow-tested");
}

RecoveryTest judge(const RecoveryHistory& history, Timestamp now) {
  if (!history.tested) return RecoveryTest::never;
  return now - *history.tested > kGoodFor ? RecoveryTest::long_ago : RecoveryTest::recent;
}

}  // namespace holdfast::trust
