// What takes two people, and who may still speak for an owner, with the domain's rules over both engines.
#include <gtest/gtest.h>

#include "registry/domain/operator_commands.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/domain/two_people.hpp"
#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Actor;
using domain::Owner;
using domain::Role;
using domain::Transaction;
using domain::Transfer;

const Actor kOtto{"operator:otto", Role::operate, std::nullopt};

class TransferRules : public StorageTest {
 protected:
  TransferRules() : identity(sample_identity(anna.id)) {
    change([&](Transaction& to) {
      for (const Owner* one : {&anna, &ben, &cleo}) must(to.owners().add(*one));
      must(to.identities().add(identity));
    });
  }
  static Actor in_person(const Owner& owner) { return {"operator:" + owner.key, Role::owner, owner.id}; }
  Result<Transfer> offer(const Owner& to) {
    std::optional<Transfer> made;
    TRY(database->change([&](Transaction& tx) -> Result<void> {
      TRY_LET(made, domain::start_transfer(tx, kOtto, identity.id, {to.id, to.id}, now), "offer");
      return {};
    }),
        "offer");
    return *std::move(made);
  }
  Result<void> accept(const Owner& owner, const Transfer& offered) {
    return database->change([&](Transaction& tx) -> Result<void> {
      TRY(domain::accept_transfer(tx, in_person(owner), offered.id, now), "accept");
      return {};
    });
  }
  std::size_t waiting() {
    return read([&](Transaction& from) { return must(domain::waiting_transfers(from, now)).size(); });
  }

  Owner anna = sample_owner();
  Owner ben = sample_owner("ben@example.org");
  Owner cleo = sample_owner("cleo@example.org");
  domain::Identity identity;
  Timestamp now = kNow;
};
INSTANTIATE_TEST_SUITE_P(Storage, TransferRules, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(TransferRules, ALaterTransferReplacesAnEarlierOneDoneOrNot) {
  const auto to_ben = must(offer(ben));
  now += std::chrono::seconds(1);
  const auto to_cleo = must(offer(cleo));
  EXPECT_EQ(waiting(), 1U);
  EXPECT_TRUE(failed(accept(ben, to_ben), ErrorCode::refused, "a later transfer of this identity replaced it"));
  EXPECT_TRUE(succeeded(accept(cleo, to_cleo)));
  EXPECT_EQ(waiting(), 0U);
  now += std::chrono::days(7);
  EXPECT_TRUE(failed(accept(ben, to_ben), ErrorCode::refused, "replaced it"));
  EXPECT_EQ(read([&](Transaction& from) { return must(from.identities().find(identity.id))->owners.business; }),
            cleo.id);
}

TEST_P(TransferRules, OneOfTwoTransfersIsLater) {
  must(offer(ben));
  EXPECT_TRUE(failed(offer(cleo), ErrorCode::refused, "has to be later"));
  now += std::chrono::seconds(1);
  EXPECT_TRUE(succeeded(offer(cleo)));
}

TEST_P(TransferRules, AnOfferStandsForThirtyDays) {
  const auto offered = must(offer(ben));
  now += std::chrono::days(30) + std::chrono::seconds(1);
  EXPECT_EQ(waiting(), 0U);
  EXPECT_TRUE(failed(accept(ben, offered), ErrorCode::refused, "more than 30 days ago"));
  now -= std::chrono::seconds(1);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_TRUE(succeeded(accept(ben, offered)));
}

TEST_P(TransferRules, WhoeverHasLeftSpeaksForNobody) {
  std::string token;
  change([&](Transaction& to) {
    const Actor admin{"local:root", Role::admin, std::nullopt};
    const auto person = must(domain::add_operator(to, admin, {"anna", Role::owner, anna.id}, now));
    token =
        must(domain::create_token(to, admin, {person.id, domain::TokenUse::until_expiry, std::chrono::days(1)}, now))
            .text;
  });
  const auto actor = [&] {
    return database->change([&](Transaction& tx) -> Result<void> {
      TRY(domain::authenticate(tx, token, now), "authenticate");
      return {};
    });
  };
  EXPECT_TRUE(succeeded(actor()));
  change([&](Transaction& to) { must(domain::deactivate_owner(to, kOtto, anna.id, now)); });
  EXPECT_TRUE(failed(actor(), ErrorCode::refused, "'Anna', who has left"));
}

TEST_P(TransferRules, RequestsAreShownWhateverTheySay) {
  const auto ask = [&](const domain::BulkChange& wanted) {
    return database->change([&](Transaction& tx) -> Result<void> {
      TRY(domain::ask_for(tx, kOtto, wanted, now), "ask");
      return {};
    });
  };
  domain::BulkChange wanted{.to = domain::IdentityState::retired,
                            .group = std::string(501, 'x'),
                            .owner = std::nullopt,
                            .reason = "the yard closes",
                            .revocation = domain::RevocationReason::unspecified};
  EXPECT_TRUE(failed(ask(wanted), ErrorCode::usage, "more than 500 bytes"));
  wanted.group.clear();
  wanted.owner = ben.id;
  EXPECT_TRUE(succeeded(ask(wanted)));
  change([&](Transaction& to) {
    const auto id = must(domain::ApprovalId::create(now + std::chrono::seconds(1)));
    must(to.approvals().add({id, "{}", "operator:otto", now, "", std::nullopt}));
  });
  const auto shown = [&] {
    return read([&](Transaction& from) {
      std::vector<std::string> words;
      const auto waiting = must(domain::waiting_approvals(from, now));
      for (const auto& one : waiting) words.push_back(must(domain::in_words(from, one)).what);
      return words;
    });
  };
  EXPECT_THAT(shown(), testing::ElementsAre("retire all of the owner 'Anna' (ben@example.org)",
                                            testing::StartsWith("cannot be read: ")));
  now += std::chrono::days(1) + std::chrono::seconds(1);
  EXPECT_THAT(shown(), testing::IsEmpty());
}

}  // namespace
}  // namespace holdfast::storage
