// What people read about an escrow.
#pragma once

#include "core/clock.hpp"
#include "device/trust/device_info.hpp"
#include "device/trust/recovery_history.hpp"

#include <string>

namespace holdfast::app {

/// "any 2 of 3 officers, 'name' (made …)", safe to show.
[[nodiscard]] std::string words_for(const trust::EscrowInfo& escrow);

/// Several lines: the escrow, its officers, and when it was last tested.
[[nodiscard]] std::string table_of(const trust::EscrowInfo& escrow, const trust::RecoveryHistory& history,
                                   Timestamp now);

}  // namespace holdfast::app
