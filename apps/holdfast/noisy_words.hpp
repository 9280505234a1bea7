// Words about noisy sources, in options and in reports.
#pragma once

#include "device/trust/maintenance.hpp"

#include <string>

namespace holdfast::app {

/// ErrorCode::usage for another word than required, slot and none. `option` is the one that it was given with.
[[nodiscard]] Result<trust::NoisyRole> noisy_role_of(const std::string& option, const std::string& word);

/// "sram (puf:program:/usr/bin/x), rep19-golay23, on all cells; required".
[[nodiscard]] std::string words_for(const trust::NoisyInfo& noisy);

}  // namespace holdfast::app
