// Enrolment grants: the right to enrol one device, with all that the registry has to know about it beforehand.
#pragma once

#include "registry/domain/identities.hpp"

#include <optional>
#include <string>

namespace holdfast::domain {

/// What becomes of the device that uses the grant.
struct Intent {
  std::string name;  ///< of the identity; may hold "{n}" in a batch
  std::string purpose;
  std::string environment;
  std::string group;
  Ownership owners;
  std::string policy = "default";
  std::optional<Timestamp> retire_after;
  std::string retirement_condition;
};

enum class GrantState { open, used, revoked };
[[nodiscard]] std::string_view name_of(GrantState state);
[[nodiscard]] std::optional<GrantState> find_grant_state(std::string_view name);

/// A grant. Its secret is known to whoever was given it; kept is SHA-256 of it, which is enough for 160 random bits.
struct Grant {
  GrantId id;
  std::array<std::uint8_t, 32> secret_hash{};
  GrantState state = GrantState::open;
  Intent intent;
  Timestamp created;
  Timestamp expires;
  std::string created_by;
  /// By whom it was used: the same key gets the same answer again, any other key none.
  std::optional<KeyHash> used_by;
  std::optional<IdentityId> identity;
};

}  // namespace holdfast::domain
