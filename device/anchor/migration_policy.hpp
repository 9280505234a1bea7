// What may happen to an anchor by itself when the machine's attributes have changed.
#pragma once

#include "core/json.hpp"
#include "core/result.hpp"

namespace holdfast::anchor {

/// Whether drift is migrated away without anybody being asked. Everything beyond the limits waits for a person.
struct MigrationPolicy {
  enum class Mode {
    manual,         ///< never
    within_margin,  ///< where the quorum opens, no burned-in attribute changed, and the limits below hold
  };
  Mode mode = Mode::manual;
  unsigned most_changes = 1;  ///< counted attributes that changed or vanished since the last migration; 1 to 128
  unsigned rest_days = 7;     ///< between two such migrations; 0 to 3650
  bool operator==(const MigrationPolicy&) const = default;
};

[[nodiscard]] std::string_view name_of(MigrationPolicy::Mode mode);

[[nodiscard]] Json to_json(const MigrationPolicy& policy);
/// ErrorCode::malformed names the member.
[[nodiscard]] Result<MigrationPolicy> parse_migration_policy(const Json& json);

}  // namespace holdfast::anchor
