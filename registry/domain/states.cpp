#include "registry/domain/states.hpp"

#include <algorithm>
#include <string>

namespace holdfast::domain {
namespace {

constexpr std::uint8_t bit(Role role) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role)); }

constexpr std::uint8_t kPeople = bit(Role::admin) | bit(Role::operate);
constexpr std::uint8_t kOwnersToo = kPeople | bit(Role::owner);
constexpr std::uint8_t kRulesToo = kPeople | bit(Role::registry);
constexpr std::uint8_t kAnybodyAnswering = kOwnersToo | bit(Role::registry);

using enum IdentityState;

// From suspended, the way back is to the state before alone: see check_transition.
constexpr std::array kTransitions{
    Transition{pending, active, kRulesToo},
    Transition{active, rotating, kAnybodyAnswering | bit(Role::device)},
    Transition{rotating, active, kRulesToo | bit(Role::device)},
    Transition{pending, suspended, kAnybodyAnswering},
    Transition{active, suspended, kAnybodyAnswering},
    Transition{rotating, suspended, kAnybodyAnswering},
    Transition{suspended, pending, kPeople},
    Transition{suspended, active, kPeople},
    Transition{suspended, rotating, kPeople},
    Transition{pending, retired, kAnybodyAnswering},
    Transition{active, retired, kAnybodyAnswering},
    Transition{rotating, retired, kAnybodyAnswering},
    Transition{suspended, retired, kAnybodyAnswering},
    Transition{pending, revoked, kRulesToo},
    Transition{active, revoked, kRulesToo},
    Transition{rotating, revoked, kRulesToo},
    Transition{suspended, revoked, kRulesToo},
};

Error refused(const std::string& why) { return {ErrorCode::refused, why}; }

}  // namespace

std::string_view name_of(IdentityState state) {
  switch (state) {
    case pending: return "pending";
    case active: return "active";
    case rotating: return "rotating";
    case suspended: return "suspended";
    case retired: return "retired";
    case revoked: return "revoked";
  }
  return "pending";
}

std::optional<IdentityState> find_identity_state(std::string_view name) {
  const auto* const found = std::ranges::find(kIdentityStates, name, [](auto state) { return name_of(state); });
  return found == kIdentityStates.end() ? std::nullopt : std::optional(*found);
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::admin: return "admin";
    case Role::operate: return "operator";
    case Role::auditor: return "auditor";
    case Role::owner: return "owner";
    case Role::device: return "device";
    case Role::registry: return "registry";
  }
  return "auditor";
}

std::optional<Role> find_operator_role(std::string_view name) {
  constexpr std::array kGiven{Role::admin, Role::operate, Role::auditor, Role::owner};
  const auto* const found = std::ranges::find(kGiven, name, [](Role role) { return name_of(role); });
  return found == kGiven.end() ? std::nullopt : std::optional(*found);
}

Result<void> check_transition(IdentityState from, std::optional<IdentityState> before, IdentityState to, Role role) {
  const std::string now(name_of(from));
  if (from == to) return Error(ErrorCode::usage, "the identity is " + now + " already");
  if (is_terminal(from)) return refused("the identity is " + now + ", and stays so for ever");
  const auto* const found =
      std::ranges::find_if(kTransitions, [&](const Transition& row) { return row.from == from && row.to == to; });
  const bool way_back = from != suspended || is_terminal(to) || before == to;
  if (found == kTransitions.end() || !way_back) {
    const std::string was = from == suspended && before ? " (it was " + std::string(name_of(*before)) + " before)" : "";
    return refused("an identity that is " + now + was + " cannot become " + std::string(name_of(to)));
  }
  if ((found->roles & bit(role)) != 0) return {};
  return refused("the role '" + std::string(name_of(role)) + "' may not make an identity " + std::string(name_of(to)));
}

}  // namespace holdfast::domain
