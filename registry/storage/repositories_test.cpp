// Every repository: what goes in comes out, in both engines.
#include <gtest/gtest.h>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

class Repositories : public StorageTest {};
INSTANTIATE_TEST_SUITE_P(Storage, Repositories, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(Repositories, Owners) {
  auto team = sample_owner("pumps");
  team.kind = domain::OwnerKind::team;
  team.name = "Pümpé's \"team\" \\ {1,2}";
  auto anna = sample_owner();
  anna.team = team.id;
  change([&](Transaction& to) {
    must(to.owners().add(team));
    must(to.owners().add(anna));
  });
  anna.standing = domain::OwnerStanding::left;
  anna.left_at = kNow;
  anna.name = "Anna B.";
  change([&](Transaction& to) { must(to.owners().update(anna)); });
  read([&](Transaction& from) {
    const auto found = must(from.owners().find(anna.id)).value();
    EXPECT_EQ(found.name, "Anna B.");
    EXPECT_EQ(found.team, team.id);
    EXPECT_EQ(found.standing, domain::OwnerStanding::left);
    EXPECT_EQ(found.left_at, kNow);
    const auto by_key = must(from.owners().find_by_key(domain::OwnerKind::team, "pumps")).value();
    EXPECT_EQ(by_key.id, team.id);
    EXPECT_EQ(by_key.name, team.name);
    EXPECT_EQ(by_key.team, std::nullopt);
    EXPECT_FALSE(must(from.owners().find_by_key(domain::OwnerKind::person, "pumps")));
    EXPECT_EQ(must(from.owners().list()).size(), 2U);
    return 0;
  });
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.owners().update(sample_owner("nobody")); }),
                     ErrorCode::not_found, "there is no owner"));
}

TEST_P(Repositories, Identities) {
  const auto owner = sample_owner();
  const auto other = sample_owner("bert@example.org");
  auto identity = sample_identity(owner.id);
  change([&](Transaction& to) {
    must(to.owners().add(owner));
    must(to.owners().add(other));
    must(to.identities().add(identity));
  });
  identity.name = "pump-2";
  identity.purpose = "pumps oil";
  identity.environment = "";
  identity.group = "";
  identity.owners.technical = other.id;
  identity.tier = domain::Tier::hardware;
  identity.state = domain::IdentityState::suspended;
  identity.state_before = domain::IdentityState::active;
  identity.policy = "strict";
  identity.last_seen = kNow + std::chrono::seconds(1);
  identity.next_review = std::nullopt;
  identity.retire_after = kNow + std::chrono::seconds(2);
  identity.retirement_condition = "";
  identity.orphaned_since = kNow + std::chrono::seconds(3);
  change([&](Transaction& to) { must(to.identities().update(identity)); });
  const auto found = read([&](Transaction& from) { return must(from.identities().find(identity.id)).value(); });
  EXPECT_EQ(found.id, identity.id);
  EXPECT_EQ(found.name, identity.name);
  EXPECT_EQ(found.purpose, identity.purpose);
  EXPECT_EQ(found.environment, identity.environment);
  EXPECT_EQ(found.group, identity.group);
  EXPECT_EQ(found.owners, identity.owners);
  EXPECT_EQ(found.tier, identity.tier);
  EXPECT_EQ(found.state, identity.state);
  EXPECT_EQ(found.state_before, identity.state_before);
  EXPECT_EQ(found.policy, identity.policy);
  EXPECT_EQ(found.created, identity.created);
  EXPECT_EQ(found.last_seen, identity.last_seen);
  EXPECT_EQ(found.next_review, identity.next_review);
  EXPECT_EQ(found.retire_after, identity.retire_after);
  EXPECT_EQ(found.retirement_condition, identity.retirement_condition);
  EXPECT_EQ(found.orphaned_since, identity.orphaned_since);
}

TEST_P(Repositories, IdentitiesAreCountedAsTheyChange) {
  auto enrolled = enrol(*database);
  auto second = sample_identity(enrolled.owner.id, "pump-2");
  second.state = domain::IdentityState::pending;
  add_identity(*database, second);
  const auto count = [&](domain::IdentityState state) {
    const auto counts = read([](Transaction& from) { return must(from.identities().count()); });
    EXPECT_EQ(counts.size(), domain::kIdentityStates.size());
    return std::ranges::find(counts, state, &std::pair<domain::IdentityState, std::uint64_t>::first)->second;
  };
  EXPECT_EQ(count(domain::IdentityState::active), 1U);
  EXPECT_EQ(count(domain::IdentityState::pending), 1U);
  second.state = domain::IdentityState::retired;
  change([&](Transaction& to) { must(to.identities().update(second)); });
  EXPECT_EQ(count(domain::IdentityState::pending), 0U);
  EXPECT_EQ(count(domain::IdentityState::retired), 1U);
  const auto undone = database->change([&](Transaction& to) -> Result<void> {
    must(to.identities().add(sample_identity(enrolled.owner.id, "pump-3")));
    return Error(ErrorCode::refused, "no");
  });
  EXPECT_TRUE(failed(undone, ErrorCode::refused));
  EXPECT_EQ(count(domain::IdentityState::active), 1U);
}

TEST_P(Repositories, Anchors) {
  const auto enrolled = enrol(*database);
  auto next = sample_anchor(enrolled.identity.id);
  next.predecessor = enrolled.anchor.id;
  next.generation = 2;
  change([&](Transaction& to) {
    must(to.anchors().end(enrolled.anchor.id, kNow));
    must(to.anchors().add(next));
  });
  read([&](Transaction& from) {
    const auto first = must(from.anchors().find(enrolled.anchor.id)).value();
    EXPECT_EQ(first.ended, kNow);
    EXPECT_EQ(first.key, enrolled.anchor.key);
    EXPECT_EQ(first.place_of_issue, enrolled.anchor.place_of_issue);
    const auto by_key = must(from.anchors().find_by_key(next.key)).value();
    EXPECT_EQ(by_key.id, next.id);
    EXPECT_EQ(by_key.predecessor, enrolled.anchor.id);
    EXPECT_EQ(by_key.generation, 2U);
    EXPECT_EQ(by_key.ended, std::nullopt);
    EXPECT_FALSE(must(from.anchors().find_by_key(fresh_hash())));
    EXPECT_EQ(must(from.anchors().of_identity(enrolled.identity.id)).size(), 2U);
    return 0;
  });
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.anchors().end(enrolled.anchor.id, kNow); }),
                     ErrorCode::not_found));
}

TEST_P(Repositories, Certificates) {
  const auto enrolled = enrol(*database);
  auto second = sample_certificate(enrolled.anchor);
  second.not_before += std::chrono::seconds(1);
  change([&](Transaction& to) { must(to.certificates().add(second)); });
  using enum domain::CertificateStatus;
  const auto change_all = [&](domain::CertificateStatus from, domain::CertificateStatus to,
                              std::optional<domain::RevocationReason> reason) {
    std::vector<std::string> serials;
    change([&](Transaction& in) {
      serials = must(in.certificates().change_all(enrolled.identity.id, from, to, reason, kNow));
    });
    return serials;
  };
  EXPECT_EQ(change_all(good, on_hold, std::nullopt),
            (std::vector<std::string>{enrolled.certificate.serial, second.serial}));
  EXPECT_TRUE(change_all(good, on_hold, std::nullopt).empty());
  EXPECT_EQ(change_all(on_hold, good, std::nullopt).size(), 2U);
  EXPECT_EQ(read([&](Transaction& from) { return must(from.certificates().find(second.serial))->revoked_at; }),
            std::nullopt);
  EXPECT_EQ(change_all(good, revoked, domain::RevocationReason::superseded).size(), 2U);
  const auto all =
      read([&](Transaction& from) { return must(from.certificates().of_identity(enrolled.identity.id, 9)); });
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].serial, second.serial);
  EXPECT_EQ(all[1].der, enrolled.certificate.der);
  EXPECT_EQ(all[1].status, revoked);
  EXPECT_EQ(all[1].reason, domain::RevocationReason::superseded);
  EXPECT_EQ(all[1].revoked_at, kNow);
  EXPECT_EQ(all[1].anchor, enrolled.anchor.id);
  EXPECT_EQ(all[1].not_after, enrolled.certificate.not_after);
  EXPECT_EQ(read([&](Transaction& from) {
              return must(from.certificates().of_identity(enrolled.identity.id, 1)).front().serial;
            }),
            second.serial);
}

TEST_P(Repositories, AGrantIsUsedOnce) {
  const auto enrolled = enrol(*database);
  const auto grant = sample_grant(enrolled.owner.id);
  const auto other = sample_grant(enrolled.owner.id);
  const auto key = fresh_hash();
  change([&](Transaction& to) {
    must(to.grants().add(grant));
    must(to.grants().add(other));
    must(to.grants().use(grant.id, key, enrolled.identity.id));
    must(to.grants().revoke(other.id));
  });
  EXPECT_TRUE(failed(
      database->change([&](Transaction& to) { return to.grants().use(grant.id, fresh_hash(), enrolled.identity.id); }),
      ErrorCode::refused, "not open"));
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.grants().revoke(grant.id); }),
                     ErrorCode::refused, "not open"));
  read([&](Transaction& from) {
    const auto found = must(from.grants().find(grant.id)).value();
    EXPECT_EQ(found.state, domain::GrantState::used);
    EXPECT_EQ(found.used_by, key);
    EXPECT_EQ(found.identity, enrolled.identity.id);
    EXPECT_EQ(found.secret_hash, grant.secret_hash);
    EXPECT_EQ(found.intent.name, grant.intent.name);
    EXPECT_EQ(found.intent.owners, grant.intent.owners);
    EXPECT_EQ(found.intent.retire_after, grant.intent.retire_after);
    EXPECT_EQ(found.expires, grant.expires);
    EXPECT_EQ(must(from.grants().list(std::nullopt, 9)).size(), 2U);
    EXPECT_EQ(must(from.grants().list(domain::GrantState::revoked, 9)).front().id, other.id);
    EXPECT_TRUE(must(from.grants().list(domain::GrantState::open, 9)).empty());
    return 0;
  });
}

TEST_P(Repositories, RequestsForEnrolment) {
  const auto enrolled = enrol(*database);
  const auto grant = sample_grant(enrolled.owner.id);
  const domain::EnrolmentRequest request{.id = must(domain::RequestId::create(kNow)),
                                         .grant = grant.id,
                                         .identity = enrolled.identity.id,
                                         .key = fresh_hash(),
                                         .created = kNow};
  change([&](Transaction& to) {
    must(to.grants().add(grant));
    must(to.enrolments().add(request));
  });
  EXPECT_EQ(read([&](Transaction& from) { return must(from.enrolments().of_identity(request.identity))->key; }),
            request.key);
  change([&](Transaction& to) { must(to.enrolments().remove(request.id)); });
  EXPECT_FALSE(read([&](Transaction& from) { return must(from.enrolments().of_identity(request.identity)); }));
}

TEST_P(Repositories, Incidents) {
  const auto enrolled = enrol(*database);
  domain::Incident incident{.id = must(domain::IncidentId::create(kNow)),
                            .kind = domain::IncidentKind::rollback,
                            .identity = enrolled.identity.id,
                            .what = "generation 1 after 2",
                            .opened = kNow,
                            .resolved = std::nullopt,
                            .resolution = "",
                            .resolved_by = ""};
  change([&](Transaction& to) { must(to.incidents().add(incident)); });
  const auto listed = [&](std::optional<domain::IdentityId> identity, bool open_only) {
    return read([&](Transaction& from) { return must(from.incidents().list(identity, open_only, 9)).size(); });
  };
  EXPECT_EQ(listed(std::nullopt, true), 1U);
  EXPECT_EQ(listed(enrolled.identity.id, true), 1U);
  incident.resolved = kNow;
  incident.resolution = "restored by mistake";
  incident.resolved_by = "operator:anna";
  change([&](Transaction& to) { must(to.incidents().update(incident)); });
  EXPECT_EQ(listed(std::nullopt, true), 0U);
  EXPECT_EQ(listed(enrolled.identity.id, true), 0U);
  EXPECT_EQ(listed(enrolled.identity.id, false), 1U);
  const auto found = read([&](Transaction& from) { return must(from.incidents().find(incident.id)).value(); });
  EXPECT_EQ(found.kind, incident.kind);
  EXPECT_EQ(found.what, incident.what);
  EXPECT_EQ(found.resolution, incident.resolution);
  EXPECT_EQ(found.resolved, kNow);
}

TEST_P(Repositories, TransfersAndApprovals) {
  const auto enrolled = enrol(*database);
  domain::Transfer transfer{.id = must(domain::TransferId::create(kNow)),
                            .identity = enrolled.identity.id,
                            .to = enrolled.identity.owners,
                            .given_by = "operator:anna",
                            .created = kNow,
                            .taken_by = "",
                            .done = std::nullopt};
  domain::PendingApproval approval{.id = must(domain::ApprovalId::create(kNow)),
                                   .action = R"({"retire":"all"})",
                                   .asked_by = "operator:anna",
                                   .created = kNow,
                                   .approved_by = "",
                                   .done = std::nullopt};
  change([&](Transaction& to) {
    must(to.transfers().add(transfer));
    must(to.approvals().add(approval));
  });
  read([&](Transaction& from) {
    EXPECT_EQ(must(from.transfers().open_ones()).size(), 1U);
    EXPECT_EQ(must(from.approvals().open_ones()).front().action, approval.action);
    return 0;
  });
  transfer.taken_by = approval.approved_by = "operator:bert";
  transfer.done = approval.done = kNow;
  change([&](Transaction& to) {
    must(to.transfers().update(transfer));
    must(to.approvals().update(approval));
  });
  read([&](Transaction& from) {
    EXPECT_TRUE(must(from.transfers().open_ones()).empty());
    EXPECT_TRUE(must(from.approvals().open_ones()).empty());
    EXPECT_EQ(must(from.transfers().find(transfer.id))->taken_by, "operator:bert");
    EXPECT_EQ(must(from.transfers().find(transfer.id))->to, transfer.to);
    EXPECT_EQ(must(from.approvals().find(approval.id))->approved_by, "operator:bert");
    return 0;
  });
}

TEST_P(Repositories, OperatorsAndTokens) {
  const auto owner = sample_owner();
  domain::Operator anna{.id = must(domain::OperatorId::create(kNow)),
                        .name = "anna",
                        .role = domain::Role::auditor,
                        .owner = std::nullopt,
                        .created = kNow,
                        .removed = std::nullopt};
  const domain::Token token{.id = must(domain::TokenId::create(kNow)),
                            .of = anna.id,
                            .hash = fresh_hash(),
                            .use = domain::TokenUse::once,
                            .created = kNow,
                            .expires = kNow + std::chrono::hours(1),
                            .ended = std::nullopt};
  change([&](Transaction& to) {
    must(to.owners().add(owner));
    must(to.operators().add(anna));
    must(to.operators().add_token(token));
  });
  anna.role = domain::Role::owner;
  anna.owner = owner.id;
  anna.removed = kNow;
  change([&](Transaction& to) {
    must(to.operators().update(anna));
    must(to.operators().end_token(token.id, kNow));
  });
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.operators().end_token(token.id, kNow); }),
                     ErrorCode::not_found));
  read([&](Transaction& from) {
    const auto found = must(from.operators().find_by_name("anna")).value();
    EXPECT_EQ(found.role, domain::Role::owner);
    EXPECT_EQ(found.owner, owner.id);
    EXPECT_EQ(found.removed, kNow);
    EXPECT_EQ(must(from.operators().find(anna.id))->name, "anna");
    EXPECT_EQ(must(from.operators().list()).size(), 1U);
    const auto ended = must(from.operators().find_token(token.id)).value();
    EXPECT_EQ(ended.hash, token.hash);
    EXPECT_EQ(ended.use, domain::TokenUse::once);
    EXPECT_EQ(ended.ended, kNow);
    EXPECT_EQ(must(from.operators().tokens()).size(), 1U);
    return 0;
  });
}

TEST_P(Repositories, PoliciesAndSettings) {
  domain::Policy policy;
  change([&](Transaction& to) { must(to.policies().put(policy)); });
  policy.validity = std::chrono::days(1);
  Bytes value(300);
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::uint8_t>(i);
  change([&](Transaction& to) {
    must(to.policies().put(policy));
    must(to.settings().put("authority", {}));
    must(to.settings().put("authority", value));
  });
  read([&](Transaction& from) {
    EXPECT_EQ(must(from.policies().find("default")), policy);
    EXPECT_EQ(must(from.policies().list()).size(), 1U);
    EXPECT_FALSE(must(from.policies().find("other")));
    EXPECT_EQ(must(from.settings().find("authority")), value);
    EXPECT_FALSE(must(from.settings().find("nothing")));
    return 0;
  });
}

TEST_P(Repositories, WhatFailedLeavesNoValuesToTheNext) {
  auto team = sample_owner("pumps");
  team.kind = domain::OwnerKind::team;
  change([&](Transaction& to) { must(to.owners().add(team)); });
  auto refused = sample_owner();
  refused.team = must(domain::OwnerId::create(kNow));
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.owners().add(refused); }), ErrorCode::refused));
  const auto anna = sample_owner();
  change([&](Transaction& to) { must(to.owners().add(anna)); });
  EXPECT_EQ(read([&](Transaction& from) { return must(from.owners().find(anna.id))->team; }), std::nullopt);
}

TEST_P(Repositories, TextThatPostgresqlCannotKeepIsRefusedByBoth) {
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    auto owner = sample_owner();
    owner.name = bad;
    EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.owners().add(owner); }), ErrorCode::usage,
                       "not UTF-8"));
  }
}

}  // namespace
}  // namespace holdfast::storage
