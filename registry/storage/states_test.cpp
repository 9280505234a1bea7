// The database allows exactly the steps from state to state that the domain allows somebody.
#include <gtest/gtest.h>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Identity;
using domain::IdentityState;
using domain::Transaction;

class States : public StorageTest {};
INSTANTIATE_TEST_SUITE_P(Storage, States, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

/// A state as an identity is in it.
struct Standing {
  IdentityState state;
  std::optional<IdentityState> before;
};

std::vector<Standing> all_standings() {
  using enum IdentityState;
  return {{pending, {}},       {active, {}},          {rotating, {}}, {suspended, pending},
          {suspended, active}, {suspended, rotating}, {retired, {}},  {revoked, {}}};
}

// An identity of that standing, by steps that are allowed.
Identity bring_to(domain::Database& database, const domain::OwnerId& owner, const Standing& standing) {
  auto identity = sample_identity(owner);
  const auto first = standing.before.value_or(standing.state);
  identity.state = first == IdentityState::pending ? IdentityState::pending : IdentityState::active;
  add_identity(database, identity);
  const auto step = [&](IdentityState to, std::optional<IdentityState> before) {
    if (identity.state == to) return;
    identity.state = to;
    identity.state_before = before;
    must(database.change([&](Transaction& in) { return in.identities().update(identity); }));
  };
  step(first, std::nullopt);
  step(standing.state, standing.before);
  return identity;
}

bool is_allowed(const Standing& from, IdentityState to) {
  return std::ranges::any_of(domain::kRoles, [&](domain::Role role) {
    return domain::check_transition(from.state, from.before, to, role).ok();
  });
}

TEST_P(States, OnlyTheStepsOfTheDomain) {
  const auto owner = sample_owner();
  change([&](Transaction& to) { must(to.owners().add(owner)); });
  for (const Standing& from : all_standings()) {
    for (const IdentityState to : domain::kIdentityStates) {
      if (to == from.state) continue;
      auto identity = bring_to(*database, owner.id, from);
      identity.state = to;
      identity.state_before = to == IdentityState::suspended ? std::optional(from.state) : std::nullopt;
      const auto changed = database->change([&](Transaction& in) { return in.identities().update(identity); });
      EXPECT_EQ(changed.ok(), is_allowed(from, to)) << name_of(from.state) << " to " << name_of(to);
      EXPECT_TRUE(changed.ok() || changed.error().code() == ErrorCode::refused) << name_of(from.state) << name_of(to);
    }
  }
}

TEST_P(States, WhatASuspendedIdentityWasIsNotForged) {
  const auto owner = sample_owner();
  change([&](Transaction& to) { must(to.owners().add(owner)); });
  const auto identity = bring_to(*database, owner.id, {IdentityState::pending, {}});
  const std::string where = " WHERE id = '" + identity.id.text() + "'";
  EXPECT_TRUE(failed(say("UPDATE identities SET state = 'suspended', state_before = 'active'" + where),
                     ErrorCode::refused, "keeps the state"));
  EXPECT_TRUE(failed(say("UPDATE identities SET state = 'suspended'" + where), ErrorCode::refused));
  EXPECT_TRUE(failed(say("UPDATE identities SET state_before = 'active'" + where), ErrorCode::refused));
  EXPECT_TRUE(succeeded(say("UPDATE identities SET state = 'suspended', state_before = 'pending'" + where)));
  EXPECT_TRUE(failed(say("UPDATE identities SET state_before = 'active'" + where), ErrorCode::refused));
}

TEST_P(States, AnIdentityBeginsAliveAndOnce) {
  const auto owner = sample_owner();
  change([&](Transaction& to) { must(to.owners().add(owner)); });
  for (const auto state : {IdentityState::rotating, IdentityState::retired, IdentityState::revoked}) {
    auto identity = sample_identity(owner.id);
    identity.state = state;
    EXPECT_TRUE(failed(database->change([&](Transaction& in) { return in.identities().add(identity); }),
                       ErrorCode::refused, "begins as"));
  }
}

}  // namespace
}  // namespace holdfast::storage
