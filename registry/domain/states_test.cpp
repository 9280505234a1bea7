#include "registry/domain/states.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace holdfast::domain {
namespace {

using enum IdentityState;

// Who may take an identity from one state to another, as the documentation has it; every other pair and every other
// role is refused. For suspended: when `to` is what it was before.
const std::set<Role>& allowed(IdentityState from, IdentityState to) {
  static const std::set<Role> kNobody;
  static const std::set<Role> kOperators{Role::admin, Role::operate};
  static const std::set<Role> kOperatorsAndRules{Role::admin, Role::operate, Role::registry};
  static const std::set<Role> kThoseWhoAnswer{Role::admin, Role::operate, Role::owner, Role::registry};
  static const std::set<Role> kWithDevice{Role::admin, Role::operate, Role::registry, Role::device};
  static const std::set<Role> kAllWhoAct{Role::admin, Role::operate, Role::owner, Role::registry, Role::device};
  if (is_terminal(from) || from == to) return kNobody;
  if (to == retired) return kThoseWhoAnswer;
  if (to == revoked) return kOperatorsAndRules;
  if (to == suspended) return kThoseWhoAnswer;
  if (from == suspended) return kOperators;
  if (from == pending) return to == active ? kOperatorsAndRules : kNobody;
  if (from == active) return to == rotating ? kAllWhoAct : kNobody;
  return to == active ? kWithDevice : kNobody;
}

TEST(States, EveryPairForEveryActor) {
  for (const auto from : kIdentityStates) {
    for (const auto to : kIdentityStates) {
      for (const auto role : kRoles) {
        const std::optional<IdentityState> before =
            from == suspended && !is_terminal(to) ? std::optional(to) : std::nullopt;
        const auto checked = check_transition(from, before, to, role);
        EXPECT_EQ(checked.ok(), allowed(from, to).contains(role))
            << name_of(from) << " to " << name_of(to) << " by " << name_of(role);
      }
    }
  }
}

TEST(States, FromSuspendedTheWayBackIsToTheStateBefore) {
  for (const auto before : {pending, active, rotating}) {
    for (const auto to : {pending, active, rotating}) {
      EXPECT_EQ(check_transition(suspended, before, to, Role::admin).ok(), before == to);
    }
  }
}

TEST(States, RefusalsNameWhatIsRefused) {
  EXPECT_EQ(check_transition(retired, std::nullopt, active, Role::admin).error().message(),
            "the identity is retired, and stays so for ever");
  EXPECT_EQ(check_transition(active, std::nullopt, pending, Role::admin).error().message(),
            "an identity that is active cannot become pending");
  EXPECT_EQ(check_transition(active, std::nullopt, revoked, Role::owner).error().message(),
            "the role 'owner' may not make an identity revoked");
  EXPECT_EQ(check_transition(active, std::nullopt, active, Role::admin).error().code(), ErrorCode::usage);
}

TEST(States, NamesAreReadBack) {
  for (const auto state : kIdentityStates) EXPECT_EQ(find_identity_state(name_of(state)), state);
  EXPECT_EQ(find_identity_state("gone"), std::nullopt);
  EXPECT_EQ(find_operator_role("operator"), Role::operate);
  EXPECT_EQ(find_operator_role("device"), std::nullopt);
  EXPECT_EQ(find_operator_role("registry"), std::nullopt);
}

}  // namespace
}  // namespace holdfast::domain
