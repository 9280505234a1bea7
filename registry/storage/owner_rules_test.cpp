// What happens to identities when their owners leave and come back, with the domain's rules over both engines.
#include <gtest/gtest.h>

#include "registry/domain/orphans.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/domain/replay.hpp"
#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::DirectoryEntry;
using domain::Identity;
using domain::IdentityState;
using domain::ImportExtent;
using domain::ImportReport;
using domain::OwnerStanding;
using domain::Transaction;

const domain::Actor kOtto{"operator:otto", domain::Role::operate, std::nullopt};
const DirectoryEntry kAnna{"anna@example.org", "Anna", "Gates", OwnerStanding::active};
const DirectoryEntry kBen{"ben@example.org", "Ben", "", OwnerStanding::active};

class OwnerRules : public StorageTest {
 protected:
  Result<ImportReport> import(const std::vector<DirectoryEntry>& entries, ImportExtent extent) {
    ImportReport report;
    TRY(database->change([&](Transaction& to) -> Result<void> {
      TRY_LET(report, domain::import_owners(to, kOtto, entries, extent, now), "import");
      return {};
    }),
        "import");
    return report;
  }
  domain::OwnerId owner(const std::string& typed) {
    return read([&](Transaction& from) { return must(domain::find_owner(from, typed)).id; });
  }
  Identity add(const std::string& business, const std::string& technical) {
    auto identity = sample_identity(owner(business));
    identity.owners.technical = owner(technical);
    add_identity(*database, identity);
    return identity;
  }
  Identity stored(const Identity& identity) {
    return read([&](Transaction& from) { return must(from.identities().find(identity.id)).value(); });
  }
  std::size_t open_incidents() {
    return read([&](Transaction& from) { return must(from.incidents().list(std::nullopt, true, 100)).size(); });
  }

  Timestamp now = kNow;
};
INSTANTIATE_TEST_SUITE_P(Storage, OwnerRules, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(OwnerRules, WhoeverComesBackHasTheirIdentitiesBack) {
  must(import({kAnna, kBen}, ImportExtent::partial));
  const auto hers = add(kAnna.mail, "Gates");
  const auto both = add(kAnna.mail, kBen.mail);
  const DirectoryEntry other{"cleo@example.org", "Cleo", "", OwnerStanding::active};
  EXPECT_EQ(must(import({other}, ImportExtent::complete)).orphaned, 2U);
  EXPECT_TRUE(stored(hers).orphaned_since);
  EXPECT_EQ(open_incidents(), 2U);
  now += std::chrono::hours(1);
  EXPECT_EQ(must(import({kAnna}, ImportExtent::partial)).reclaimed, 1U);
  EXPECT_FALSE(stored(hers).orphaned_since);
  EXPECT_TRUE(stored(both).orphaned_since);  // Ben is still gone
  EXPECT_EQ(open_incidents(), 1U);
  EXPECT_EQ(must(import({kBen}, ImportExtent::partial)).reclaimed, 1U);
  EXPECT_FALSE(stored(both).orphaned_since);
  EXPECT_EQ(open_incidents(), 0U);
}

TEST_P(OwnerRules, ATeamComesBackWithItsMembers) {
  must(import({kAnna}, ImportExtent::partial));
  const auto gate = add(kAnna.mail, "Gates");
  const auto gates = owner("Gates");
  change([&](Transaction& to) { EXPECT_EQ(must(domain::deactivate_owner(to, kOtto, gates, now)), 1U); });
  auto gone = kBen;
  gone.team = "Gates";
  gone.standing = OwnerStanding::left;
  must(import({gone}, ImportExtent::partial));
  EXPECT_TRUE(stored(gate).orphaned_since);
  EXPECT_EQ(must(import({kAnna}, ImportExtent::partial)).reclaimed, 1U);
  EXPECT_FALSE(stored(gate).orphaned_since);
}

TEST_P(OwnerRules, ATableThatNamesNobodyIsNotComplete) {
  must(import({kAnna}, ImportExtent::partial));
  EXPECT_TRUE(failed(import({}, ImportExtent::complete), ErrorCode::usage, "names nobody"));
  EXPECT_EQ(must(import({}, ImportExtent::partial)).left, 0U);
}

TEST_P(OwnerRules, WhoeverHasLeftDoesNotLeaveAnewWithAnotherName) {
  must(import({kAnna}, ImportExtent::partial));
  auto gone = kAnna;
  gone.standing = OwnerStanding::left;
  must(import({gone}, ImportExtent::partial));
  now += std::chrono::days(1);
  gone.name = "Anna Arbor";
  must(import({gone}, ImportExtent::partial));
  const auto found = read([&](Transaction& from) { return must(domain::find_owner(from, kAnna.mail)); });
  EXPECT_EQ(found.name, "Anna Arbor");
  EXPECT_EQ(found.left_at, kNow);
  // A registry that is rebuilt from its log has the same.
  const domain::Event event{.at = now,
                            .actor = "operator:otto",
                            .type = "owner.changed",
                            .identity = std::nullopt,
                            .details = {{"owner.id", found.id.text()},
                                        {"owner.kind", "person"},
                                        {"owner.name", "Anna A."},
                                        {"owner.key", found.key},
                                        {"owner.team", ""},
                                        {"owner.standing", "left"}}};
  change([&](Transaction& to) { must(domain::replay(to, event)); });
  EXPECT_EQ(read([&](Transaction& from) { return must(domain::find_owner(from, kAnna.mail)).left_at; }), kNow);
}

TEST_P(OwnerRules, ARoundSuspendsHoweverManyAreDueAndLooksAtEachOnce) {
  constexpr std::size_t kAtOnce = 50;
  constexpr std::size_t kDue = 1'120;  // more than a page, and no multiple of what is suspended at once
  must(import({kAnna}, ImportExtent::partial));
  const auto anna = owner(kAnna.mail);
  change([&](Transaction& to) {
    domain::Policy patient;
    patient.name = "patient";
    patient.orphan_grace = std::chrono::days(60);
    must(to.policies().put(patient));
    for (std::size_t i = 0; i < kDue + 30; ++i) {
      auto identity = sample_identity(anna, "pump-" + std::to_string(i));
      identity.state = i % 3 == 0 ? IdentityState::pending : IdentityState::active;
      if (i >= kDue) identity.policy = patient.name;
      identity.orphaned_since = kNow;
      must(to.identities().add(identity));
    }
  });
  const auto round = [&] {
    domain::OrphanRound one(kAtOnce);
    std::vector<std::size_t> found;
    while (true) {
      const auto due = read([&](Transaction& from) { return must(one.next(from, now)); });
      if (due.empty()) return found;
      found.push_back(due.size());
      change([&](Transaction& to) { must(domain::suspend_orphans(to, due, now)); });
    }
  };
  now = kNow + domain::Policy{}.orphan_grace - std::chrono::seconds(1);
  EXPECT_TRUE(round().empty());
  now += std::chrono::seconds(1);
  std::vector<std::size_t> sizes(kDue / kAtOnce, kAtOnce);
  sizes.push_back(kDue % kAtOnce);
  EXPECT_EQ(round(), sizes);
  EXPECT_TRUE(round().empty());
  domain::IdentityFilter suspended;
  suspended.state = IdentityState::suspended;
  suspended.limit = 2 * kDue;
  EXPECT_EQ(read([&](Transaction& from) { return must(from.identities().list(suspended)).size(); }), kDue);
  now = kNow + std::chrono::days(60);
  EXPECT_EQ(round(), std::vector<std::size_t>{30});
}

}  // namespace
}  // namespace holdfast::storage
