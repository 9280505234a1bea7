// When a device's recovery code, or its escrow, was last seen to work.
#pragma once

#include "core/clock.hpp"
#include "device/trust/device_info.hpp"

#include <optional>
#include <vector>

namespace holdfast::trust {

struct RecoveryHistory {
  std::optional<Timestamp> tested;  ///< of the code, or the escrow, that was made last; none where it never was
};

/// From the log of a device's events, oldest first. A new code has not been tested by what was done with the old one.
[[nodiscard]] RecoveryHistory recovery_history(const std::vector<Event>& events);
/// The same of the officers' shares.
[[nodiscard]] RecoveryHistory escrow_history(const std::vector<Event>& events);

enum class RecoveryTest { recent, long_ago, never };

/// After a year, paper has been lost and people have left.
[[nodiscard]] RecoveryTest judge(const RecoveryHistory& history, Timestamp now);

}  // namespace holdfast::trust
