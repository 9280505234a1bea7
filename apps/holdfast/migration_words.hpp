// Migration policies in the words of the command line.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "device/trust/maintenance.hpp"

#include <string>

namespace holdfast::app {

/// The policy with what the options change of it. ErrorCode::usage names the words that there are.
[[nodiscard]] Result<trust::MigrationPolicy> changed_by(const PolicyArguments& arguments,
                                                        trust::MigrationPolicy policy);

/// What a policy lets happen: several lines.
[[nodiscard]] std::string words_for(const trust::MigrationPolicy& policy);

/// What migrating would do, or did, or what stands in its way: several lines, safe to show. `before` is the device as
/// it was bound.
[[nodiscard]] std::string words_for(const trust::MigrationReport& report, const trust::DeviceInfo& before);

[[nodiscard]] Json json_of(const trust::MigrationReport& report);

}  // namespace holdfast::app
