// The rules that the database keeps by itself, broken by SQL that goes past the registry.
#include <gtest/gtest.h>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

class Constraints : public StorageTest {
 protected:
  Constraints() : enrolled(enrol(*database)) {}

  void expect_refused(const std::string& sql, std::string_view words = "") {
    EXPECT_TRUE(failed(say(sql), ErrorCode::refused, words)) << sql;
  }
  void expect_works(const std::string& sql) { EXPECT_TRUE(succeeded(say(sql))) << sql; }
  [[nodiscard]] static std::string quoted(const std::string& text) { return "'" + text + "'"; }
  // Copies a row with some columns changed: what is not named stays.
  [[nodiscard]] static std::string copy(const std::string& table, const std::string& columns,
                                        const std::string& values) {
    return "INSERT INTO " + table + " (" + columns + ") SELECT " + values + " FROM " + table;
  }

  Enrolled enrolled;
  const std::string id = quoted(enrolled.identity.id.text());
  const std::string anchor = quoted(enrolled.anchor.id.text());
  const std::string uuid = quoted(must(domain::make_uuid(kNow)));
  const std::string hash = quoted(to_hex(fresh_hash()));
};
INSTANTIATE_TEST_SUITE_P(Storage, Constraints, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(Constraints, NoIdentityWithoutOwnersAndPurpose) {
  const std::string where = " WHERE id = " + id;
  expect_refused("UPDATE identities SET purpose = ''" + where);
  expect_refused("UPDATE identities SET purpose = '  '" + where);
  expect_refused("UPDATE identities SET purpose = NULL" + where);
  expect_refused("UPDATE identities SET name = ''" + where);
  expect_refused("UPDATE identities SET business_owner = NULL" + where);
  expect_refused("UPDATE identities SET technical_owner = NULL" + where);
  expect_refused("UPDATE identities SET business_owner = " + uuid + where);
  expect_refused("UPDATE identities SET technical_owner = " + uuid + where);
  for (const std::string values : {"NULL, technical_owner, purpose", "business_owner, NULL, purpose",
                                   "business_owner, technical_owner, ''", "business_owner, technical_owner, NULL"}) {
    expect_refused(copy("identities",
                        "id, name, business_owner, technical_owner, purpose, environment, group_name, tier, state, "
                        "policy, created, retirement_condition",
                        uuid + ", name, " + values + ", environment, group_name, tier, state, policy, created, ''"));
  }
  EXPECT_EQ(read([](Transaction& from) { return must(from.identities().list({})).size(); }), 1U);
}

TEST_P(Constraints, EnumerationsHoldTheirWordsOnly) {
  expect_refused("UPDATE owners SET kind = 'robot'");
  expect_refused("UPDATE owners SET standing = 'gone'");
  expect_refused("UPDATE owners SET standing = 'left'");
  expect_refused("UPDATE identities SET tier = 'best'");
  expect_refused("UPDATE identities SET state = 'lost'");
  expect_refused("UPDATE certificates SET status = 'expired'");
  expect_refused("UPDATE certificates SET status = 'revoked', revoked_at = 1, reason = 'whim'");
  expect_refused("UPDATE certificates SET status = 'revoked'");
  expect_refused("UPDATE certificates SET reason = 'superseded'");
}

TEST_P(Constraints, ForeignTypesAreRefused) {
  EXPECT_FALSE(say("UPDATE identities SET created = 'yesterday'").ok());
  EXPECT_FALSE(say("INSERT INTO log_nodes (level, number, hash) VALUES ('low', 0, " + hash + ")").ok());
}

TEST_P(Constraints, NothingThatIsKeptForEverIsDeleted) {
  for (const std::string table : {"certificates", "anchors", "identities", "owners"}) {
    expect_refused("DELETE FROM " + table, "for ever");
  }
  if (GetParam() != Engine::postgresql) return;
  for (const std::string table : {"certificates", "anchors", "identities", "owners"}) {
    expect_refused("TRUNCATE " + table + " CASCADE");
  }
}

TEST_P(Constraints, AKeyHasOneAnchorForEver) {
  const auto second = [&](const std::string& anchor_id, const std::string& key) {
    return copy("anchors",
                "id, identity, key_hash, key_algorithm, generation, kind, component, version, place_of_issue, created",
                anchor_id + ", identity, " + key +
                    ", key_algorithm, generation, kind, component, version, place_of_issue, created");
  };
  expect_refused(second(uuid, "key_hash"), "once for ever");
  change([&](Transaction& to) { must(to.anchors().end(enrolled.anchor.id, kNow)); });
  expect_refused(second(uuid, "key_hash"), "once for ever");
  expect_refused(second("id", hash), "once for ever");
  expect_refused("UPDATE anchors SET key_hash = " + hash, "only by ending");
  if (GetParam() == Engine::sqlite) {
    auto sql = second(uuid, "key_hash");
    expect_refused(sql.replace(0, 6, "INSERT OR REPLACE"), "once for ever");
  }
  expect_works(second(uuid, hash));
}

TEST_P(Constraints, AnAnchorEndsOnceAndChangesInNothingElse) {
  for (const std::string change :
       {"generation = 2", "kind = 'tpm'", "component = 'x'", "version = 'x'", "place_of_issue = 'x'", "created = 1",
        "key_algorithm = 'x'", "generation = 2, ended = 1", "ended = NULL"}) {
    expect_refused("UPDATE anchors SET " + change, "only by ending");
  }
  expect_works("UPDATE anchors SET ended = 1");
  expect_refused("UPDATE anchors SET ended = 2", "only by ending");
  expect_refused("UPDATE anchors SET ended = NULL", "only by ending");
}

class NewCertificates : public Constraints {
 protected:
  [[nodiscard]] std::string another(const std::string& on_anchor) const {
    return copy("certificates", "serial, identity, anchor, algorithm, not_before, not_after, status, der",
                "'0123456789abcdef0123456789abcdef', identity, " + on_anchor +
                    ", algorithm, not_before, not_after, 'good', der");
  }
  void revoke_all() { expect_works("UPDATE certificates SET status = 'revoked', revoked_at = 1"); }
};
INSTANTIATE_TEST_SUITE_P(Storage, NewCertificates, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(NewCertificates, NoneAfterRetirementOrRevocation) {
  expect_refused("UPDATE identities SET state = 'retired'", "not revoked yet");
  expect_refused("UPDATE identities SET state = 'revoked'", "not revoked yet");
  expect_works("UPDATE certificates SET status = 'on-hold', revoked_at = 1");
  expect_refused("UPDATE identities SET state = 'retired'", "not revoked yet");
  revoke_all();
  expect_works("UPDATE identities SET state = 'retired'");
  expect_refused(another("anchor"), "active or rotating");
}

TEST_P(NewCertificates, NoneWhilePendingOrSuspended) {
  expect_works("UPDATE identities SET state = 'suspended', state_before = 'active'");
  expect_refused(another("anchor"), "active or rotating");
  expect_works("UPDATE identities SET state = 'active', state_before = NULL");
  expect_works("UPDATE identities SET state = 'rotating'");
  expect_works(another("anchor"));
}

TEST_P(NewCertificates, NoneOnAnAnchorThatHasEndedOrIsAnothers) {
  const auto other = enrol(*database, "pump-2");
  expect_refused(another(quoted(other.anchor.id.text())) + " WHERE identity = " + id, "an anchor of its identity");
  expect_works("UPDATE anchors SET ended = 1 WHERE id = " + anchor);
  expect_refused(another("anchor") + " WHERE identity = " + id, "has not ended");
}

TEST_P(NewCertificates, RevokedStaysRevoked) {
  revoke_all();
  expect_refused("UPDATE certificates SET status = 'good', revoked_at = NULL", "stays so");
  expect_refused("UPDATE certificates SET revoked_at = 2", "stays so");
}

TEST_P(NewCertificates, NothingOfThemChangesButTheirStatus) {
  for (const std::string change : {"not_after = not_after + 1", "der = 'AA=='", "algorithm = 'x'",
                                   "serial = '0123456789abcdef0123456789abcdef'"}) {
    expect_refused("UPDATE certificates SET " + change, "nothing of a certificate");
  }
  expect_refused("UPDATE certificates SET not_after = not_before");
}

TEST_P(Constraints, ARetiredIdentityGetsNoAnchor) {
  expect_works("UPDATE certificates SET status = 'revoked', revoked_at = 1");
  expect_works("UPDATE identities SET state = 'revoked'");
  EXPECT_TRUE(
      failed(database->change([&](Transaction& to) { return to.anchors().add(sample_anchor(enrolled.identity.id)); }),
             ErrorCode::refused, "gets no anchor"));
}

TEST_P(Constraints, AGrantIsUsedOnceAndNotRewritten) {
  const auto grant = sample_grant(enrolled.owner.id);
  change([&](Transaction& to) { must(to.grants().add(grant)); });
  expect_refused("UPDATE grants SET state = 'used'");
  expect_refused("UPDATE grants SET expires = expires + 1", "nothing else");
  expect_refused("UPDATE grants SET state = 'revoked', expires = expires + 1", "nothing else");
  expect_works("UPDATE grants SET state = 'used', used_by = " + hash + ", identity = " + id);
  expect_refused("UPDATE grants SET state = 'open', used_by = NULL, identity = NULL", "once");
  expect_refused("UPDATE grants SET used_by = " + quoted(to_hex(fresh_hash())), "once");
  expect_refused("UPDATE grants SET state = 'revoked', used_by = NULL, identity = NULL", "once");
  expect_refused("DELETE FROM grants", "for ever");
}

TEST_P(Constraints, ATransferNeedsBothSides) {
  const domain::Transfer transfer{.id = must(domain::TransferId::create(kNow)),
                                  .identity = enrolled.identity.id,
                                  .to = enrolled.identity.owners,
                                  .given_by = "owner:anna",
                                  .created = kNow,
                                  .taken_by = "",
                                  .done = std::nullopt};
  change([&](Transaction& to) { must(to.transfers().add(transfer)); });
  expect_refused("UPDATE transfers SET done = 1");
  expect_refused("UPDATE transfers SET given_by = ''");
  expect_refused("UPDATE transfers SET taken_by = given_by");
  expect_refused("UPDATE transfers SET done = 1, taken_by = given_by");
  expect_works("UPDATE transfers SET taken_by = 'owner:bert'");
  expect_refused("UPDATE transfers SET taken_by = 'owner:carl'", "once");
  expect_works("UPDATE transfers SET done = 1");
  expect_refused("UPDATE transfers SET done = 2", "once");
}

TEST_P(Constraints, AnApprovalNeedsAnotherPerson) {
  const domain::PendingApproval approval{.id = must(domain::ApprovalId::create(kNow)),
                                         .action = "{}",
                                         .asked_by = "operator:anna",
                                         .created = kNow,
                                         .approved_by = "",
                                         .done = std::nullopt};
  change([&](Transaction& to) { must(to.approvals().add(approval)); });
  expect_refused("UPDATE approvals SET done = 1");
  expect_refused("UPDATE approvals SET done = 1, approved_by = asked_by");
  expect_refused("UPDATE approvals SET action = '[]'", "once");
  expect_works("UPDATE approvals SET approved_by = 'operator:bert', done = 1");
  expect_refused("UPDATE approvals SET done = NULL", "once");
}

TEST_P(Constraints, AnIncidentIsResolvedOnceAndByName) {
  change([&](Transaction& to) {
    must(to.incidents().add({.id = must(domain::IncidentId::create(kNow)),
                             .kind = domain::IncidentKind::clone,
                             .identity = enrolled.identity.id,
                             .what = "two devices",
                             .opened = kNow,
                             .resolved = std::nullopt,
                             .resolution = "",
                             .resolved_by = ""}));
  });
  expect_refused("UPDATE incidents SET resolved = 1");
  expect_refused("UPDATE incidents SET what = 'nothing'", "nothing else");
  expect_works("UPDATE incidents SET resolved = 1, resolved_by = 'operator:anna'");
  expect_refused("UPDATE incidents SET resolved = NULL, resolved_by = ''", "once");
}

TEST_P(Constraints, TheLogOnlyGrows) {
  change([&](Transaction& to) {
    for (const std::string type : {"one", "two", "three"}) to.record(sample_event(type));
  });
  expect_refused("UPDATE log_entries SET entry = 'forged' WHERE number = 1", "never change");
  expect_refused("DELETE FROM log_entries WHERE number = 2", "only grows");
  expect_refused("INSERT INTO log_entries (number, entry) VALUES (4, 'gap')", "next entry");
  expect_refused("INSERT INTO log_entries (number, entry) VALUES (1, 'again')", "next entry");
  expect_refused("UPDATE log_nodes SET hash = " + hash, "never change");
  expect_refused("DELETE FROM log_nodes", "only grows");
  expect_refused("INSERT INTO log_nodes (level, number, hash) VALUES (0, 4, " + hash + ")", "next hash");
  expect_refused("INSERT INTO log_nodes (level, number, hash) VALUES (1, 1, " + hash + ")", "next hash");
  expect_refused("UPDATE log_checkpoint SET size = 2", "only grows");
  expect_refused("DELETE FROM log_checkpoint", "only grows");
  expect_refused("INSERT INTO log_checkpoint (id, size, note) VALUES (2, 9, 'other')");
  expect_works("INSERT INTO log_entries (number, entry) VALUES (3, 'next')");
  if (GetParam() == Engine::postgresql) expect_refused("TRUNCATE log_entries", "only grows");
}

}  // namespace
}  // namespace holdfast::storage
