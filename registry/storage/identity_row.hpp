// Identities as rows.
#pragma once

#include "registry/domain/identities.hpp"
#include "registry/storage/values.hpp"

#include <string_view>

namespace holdfast::storage {

inline constexpr std::string_view kIdentitySelect =
    "SELECT id, name, purpose, environment, group_name, business_owner, technical_owner, tier, state, state_before, "
    "policy, created, last_seen, next_review, retire_after, retirement_condition, orphaned_since FROM ";
inline constexpr auto kIdentityColumns = "tttttttttttnnnntn";

[[nodiscard]] Result<domain::Identity> parse_identity(Row& row);

}  // namespace holdfast::storage
