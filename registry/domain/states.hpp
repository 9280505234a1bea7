// The life of an identity: its states, and who may take it from one to another.
#pragma once

#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::domain {

enum class IdentityState : std::uint8_t { pending, active, rotating, suspended, retired, revoked };
inline constexpr std::array kIdentityStates{IdentityState::pending,   IdentityState::active,  IdentityState::rotating,
                                            IdentityState::suspended, IdentityState::retired, IdentityState::revoked};
[[nodiscard]] std::string_view name_of(IdentityState state);
[[nodiscard]] std::optional<IdentityState> find_identity_state(std::string_view name);
/// Retired and revoked: nothing leads out of them.
[[nodiscard]] constexpr bool is_terminal(IdentityState state) {
  return state == IdentityState::retired || state == IdentityState::revoked;
}

/// On whose behalf something happens.
enum class Role : std::uint8_t {
  admin,     ///< everything
  operate,   ///< everyday work on identities and grants
  auditor,   ///< reads everything, changes nothing
  owner,     ///< what concerns the identities that they own
  device,    ///< an identity, for itself
  registry,  ///< the registry itself: rules that are due
};
inline constexpr std::array kRoles{Role::admin, Role::operate, Role::auditor,
                                   Role::owner, Role::device,  Role::registry};
/// "admin", "operator", "auditor", "owner", "device", "registry".
[[nodiscard]] std::string_view name_of(Role role);
/// The role of an operator by its name; not device or registry, which nobody can be given.
[[nodiscard]] std::optional<Role> find_operator_role(std::string_view name);

/// One line of the table of transitions.
struct Transition {
  IdentityState from;
  IdentityState to;
  std::uint8_t roles;  ///< who may: a bit for each Role
};

/// Whether somebody in `role` may take an identity from one state to the other. `before` is what a suspended one was.
/// ErrorCode::refused, naming both states or the role; ErrorCode::usage where nothing would change.
[[nodiscard]] Result<void> check_transition(IdentityState from, std::optional<IdentityState> before, IdentityState to,
                                            Role role);

}  // namespace holdfast::domain
