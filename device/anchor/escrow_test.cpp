// Escrow: a slot that opens with the shares of enough officers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "crypto/envelope.hpp"
#include "crypto/random.hpp"
#include "crypto/secret_sharing.hpp"
#include "device/anchor/escrow_opening.hpp"
#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using crypto::KeyAlgorithm;
using crypto::KeyUse;
using test::fixed_clock;
using test::must;
using test::secret;
using test::text_of;
using testing::HasSubstr;

const AnchorId kAnchor{{1, 2, 3}};

struct Officer {
  crypto::PrivateKey key;
  OfficerCertificate certificate;
};

Officer officer(const std::string& name, KeyUse use = KeyUse::derive) {
  auto key = must(crypto::PrivateKey::generate(KeyAlgorithm::ecdsa_p256));
  auto chain = must(
      crypto::make_self_signed(key, {.subject = must(crypto::DistinguishedName::parse("CN=" + name)),
                                     .alternative_names = {},
                                     .uses = static_cast<crypto::KeyUses>(crypto::bit(KeyUse::sign) | crypto::bit(use)),
                                     .now = fixed_clock(),
                                     .validity = std::chrono::days(100)}));
  return {std::move(key), {name + ".pem", std::move(chain)}};
}

const std::vector<Officer>& officers() {
  static const auto kOfficers = [] {
    std::vector<Officer> all;
    for (const char* name : {"Ada", "Bob", "Cyd", "Dan", "Eve", "Fay"}) all.push_back(officer(name));
    return all;
  }();
  return kOfficers;
}

EscrowRequest request(unsigned threshold, std::size_t count) {
  EscrowRequest made{.officers = {}, .threshold = threshold, .name = {}};
  for (std::size_t i = 0; i < count; ++i) made.officers.push_back(officers()[i].certificate);
  return made;
}

Root root_of_epoch(std::uint32_t epoch) {
  return Root(kAnchor, RootEpoch{epoch}, must(crypto::random_secret(kRootSize)));
}

struct Escrow {
  Root root;
  SecretBytes secret;
  EscrowSlot slot;
};

Escrow make(unsigned threshold, std::size_t count) {
  auto root = root_of_epoch(1);
  auto drawn = must(make_escrow_secret());
  auto slot = must(make_escrow_slot(root, drawn, request(threshold, count), fixed_clock()));
  return {std::move(root), std::move(drawn), std::move(slot)};
}

// What an officer's key makes of the slot's share.
SecretBytes opened(const EscrowSlot& slot, std::size_t index) {
  return must(crypto::open_envelope(slot.officers[index].share, officers()[index].key));
}

std::vector<GivenShare> given(const EscrowSlot& slot, unsigned subset) {
  std::vector<GivenShare> some;
  for (std::size_t i = 0; i < slot.officers.size(); ++i) {
    if ((subset >> i & 1U) != 0) some.push_back({"share " + std::to_string(i + 1), opened(slot, i)});
  }
  return some;
}

void expect_same(const SecretBytes& one, const SecretBytes& other) {
  EXPECT_TRUE(std::ranges::equal(one.expose(SecretAccess{}), other.expose(SecretAccess{})));
}

template <typename T>
void expect_failure(const Result<T>& result, ErrorCode code, const std::string& words) {
  ASSERT_FALSE(result.ok()) << words;
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_THAT(result.error().message(), HasSubstr(words));
}

TEST(EscrowSlot, OpensWithEverySubsetThatIsLargeEnough) {
  for (const auto& [threshold, count] : {std::pair(2U, 2U), {2U, 3U}, {3U, 4U}}) {
    const auto escrow = make(threshold, count);
    for (unsigned subset = 0; subset < 1U << count; ++subset) {
      auto secret = recombine(escrow.slot, kAnchor, given(escrow.slot, subset));
      if (std::popcount(subset) < static_cast<int>(threshold)) {
        expect_failure(secret, ErrorCode::does_not_open, "shares are needed");
        continue;
      }
      expect_same(must(open_escrow_slot(escrow.slot, kAnchor, must(std::move(secret)))).secret(), escrow.root.secret());
    }
  }
}

TEST(EscrowSlot, SaysHowManySharesAreMissing) {
  const auto escrow = make(3, 4);
  expect_failure(recombine(escrow.slot, kAnchor, {}), ErrorCode::does_not_open,
                 "3 of 4 officers' shares are needed, and 0 were given");
  expect_failure(recombine(escrow.slot, kAnchor, given(escrow.slot, 0b10)), ErrorCode::does_not_open, "1 was given");
}

TEST(EscrowSlot, NamesTheShareThatIsWrong) {
  const auto escrow = make(2, 3);
  const auto replaced = make(2, 3);
  const auto judge = [&](SecretBytes second) {
    auto shares = given(escrow.slot, 0b001);
    shares.push_back({"second", std::move(second)});
    return recombine(escrow.slot, kAnchor, shares);
  };
  EXPECT_TRUE(judge(opened(escrow.slot, 1)).ok());
  expect_failure(judge(opened(escrow.slot, 0)), ErrorCode::usage,
                 "'share 1' and 'second' are the same share, of CN=Ada");
  expect_failure(judge(opened(replaced.slot, 1)), ErrorCode::wrong_passphrase, "'second' is a share of escrow");
  expect_failure(judge(secret("text")), ErrorCode::malformed, "'second'");
  auto other = must(parse_share(opened(escrow.slot, 1)));
  other.anchor = AnchorId{{9}};
  expect_failure(judge(must(format_share(other))), ErrorCode::wrong_passphrase,
                 "'second' is a share of another anchor");
}

// Whoever alters a share can make a digest for it; what the slot knows of it nobody can make.
TEST(EscrowSlot, RefusesAnAlteredShareWithADigestOfItsOwn) {
  const auto escrow = make(2, 3);
  const auto judge = [&](const std::function<void(EscrowShare&)>& alter) {
    auto share = must(parse_share(opened(escrow.slot, 1)));
    alter(share);
    auto shares = given(escrow.slot, 0b001);
    shares.push_back({"b.share", must(format_share(share))});
    return recombine(escrow.slot, kAnchor, shares);
  };
  EXPECT_TRUE(judge([](EscrowShare&) {}).ok());
  expect_failure(judge([](EscrowShare& s) { s.value.expose_mutable(SecretAccess{}).back() ^= 1U; }),
                 ErrorCode::malformed, "'b.share' is altered: it is not the share 2, of CN=Bob,");
  expect_failure(judge([](EscrowShare& s) { s.index = 3; }), ErrorCode::malformed, "share 3, of CN=Cyd,");
  expect_failure(judge([](EscrowShare& s) { s.index = 4; }), ErrorCode::malformed, "share 4 that was made");
  expect_failure(judge([](EscrowShare& s) { s.index = 0; }), ErrorCode::malformed, "line 'share'");
  // What is only for people decides nothing.
  EXPECT_TRUE(judge([](EscrowShare& s) { s.threshold = 1, s.count = 2, s.name = "x", s.officer = "y"; }).ok());
}

TEST(EscrowSlot, OpensWithItsSecretAndNoOther) {
  const auto escrow = make(2, 2);
  expect_failure(open_escrow_slot(escrow.slot, kAnchor, must(make_escrow_secret())), ErrorCode::wrong_passphrase,
                 "do not open");
  expect_failure(open_escrow_slot(escrow.slot, AnchorId{{4}}, escrow.secret), ErrorCode::wrong_passphrase,
                 "do not open");
}

// Whoever can write the file encrypts a root of their own to the public key in the slot, but cannot authenticate it.
TEST(EscrowSlot, RefusesAPlantedRoot) {
  const auto escrow = make(2, 2);
  auto planted = escrow.slot;
  const auto associated = must(associated_data(kAnchor, planted.epoch, parameters_of(planted)));
  auto encapsulation = must(crypto::hybrid_encapsulate(planted.public_key));
  planted.ciphertext = encapsulation.ciphertext;
  planted.wrapped = must(crypto::wrap_secret(encapsulation.shared, associated, root_of_epoch(1).secret()));
  expect_failure(open_escrow_slot(planted, kAnchor, escrow.secret), ErrorCode::malformed, "altered");
}

TEST(EscrowSlot, BindsItsOfficersAndItsThreshold) {
  const auto escrow = make(2, 3);
  const auto altered = [&](const std::function<void(EscrowSlot&)>& alter) {
    auto slot = escrow.slot;
    alter(slot);
    return open_escrow_slot(slot, kAnchor, escrow.secret);
  };
  EXPECT_TRUE(altered([](EscrowSlot&) {}).ok());
  const std::vector<std::function<void(EscrowSlot&)>> alterations{
      [](EscrowSlot& s) { s.threshold = 3; },
      [](EscrowSlot& s) { s.name += "x"; },
      [](EscrowSlot& s) { s.made += std::chrono::seconds(1); },
      [](EscrowSlot& s) { s.epoch.number = 2; },
      [](EscrowSlot& s) { s.officers.pop_back(); },
      [](EscrowSlot& s) { std::swap(s.officers[0], s.officers[1]); },
      [](EscrowSlot& s) { s.officers[0].subject = "CN=Mallory"; },
      [](EscrowSlot& s) { s.officers[0].fingerprint[0] ^= 1U; },
      [](EscrowSlot& s) { s.officers[0].expires += std::chrono::days(1); },
      [](EscrowSlot& s) { s.officers[0].check[0] ^= 1U; },
      [](EscrowSlot& s) { s.officers[0].share.back() ^= 1U; },
      [](EscrowSlot& s) { s.wrapped.back() ^= 1U; },
      [](EscrowSlot& s) { s.authentication.back() ^= 1U; },
  };
  for (std::size_t i = 0; i < alterations.size(); ++i) {
    const auto result = altered(alterations[i]);
    ASSERT_FALSE(result.ok()) << i;
    EXPECT_EQ(result.error().code(), ErrorCode::malformed) << i;
  }
}

TEST(EscrowSlot, IsWrappedAnewWithoutTheOfficers) {
  const auto escrow = make(2, 3);
  const auto after = root_of_epoch(2);
  const auto renewed = must(rewrap_escrow_slot(escrow.slot, escrow.root, after));
  EXPECT_EQ(renewed.officers[2].share, escrow.slot.officers[2].share);
  const auto secret = must(recombine(renewed, kAnchor, given(renewed, 0b110)));
  const auto root = must(open_escrow_slot(renewed, kAnchor, secret));
  EXPECT_EQ(root.epoch().number, 2U);
  expect_same(root.secret(), after.secret());
  EXPECT_FALSE(rewrap_escrow_slot(escrow.slot, after, after).ok());
  auto altered = escrow.slot;
  altered.threshold = 3;
  EXPECT_FALSE(rewrap_escrow_slot(altered, escrow.root, after).ok());
}

TEST(EscrowSlot, IsWrittenAndReadBack) {
  const auto escrow = make(2, 3);
  const auto json = to_json(escrow.slot);
  const auto slot = must(parse_slot(json, "slot"));
  EXPECT_EQ(type_of(slot), "escrow");
  EXPECT_EQ(to_json(slot), json);
  expect_same(must(open_escrow_slot(std::get<EscrowSlot>(slot), kAnchor, escrow.secret)).secret(),
              escrow.root.secret());
}

TEST(EscrowSlot, IsParsedWithinBounds) {
  const auto good = to_json(make(2, 3).slot);
  const auto parse = [&](const std::function<void(Json&)>& alter) {
    Json json = good;
    alter(json);
    return parse_slot(json, "slot 2");
  };
  EXPECT_TRUE(parse([](Json&) {}).ok());
  for (const auto& item : good.items()) {
    const auto member = item.key();
    expect_failure(parse([&](Json& j) { j.erase(member); }), ErrorCode::malformed, "slot 2");
    expect_failure(parse([&](Json& j) { j[member] = nullptr; }), ErrorCode::malformed, "slot 2");
  }
  const auto first = good["officers"][0];
  for (const auto& item : first.items()) {
    const auto member = item.key();
    expect_failure(parse([&](Json& j) { j["officers"][0].erase(member); }), ErrorCode::malformed, "officer 1");
  }
  const std::vector<std::function<void(Json&)>> alterations{
      [](Json& j) { j["threshold"] = 1; },
      [](Json& j) { j["threshold"] = 4; },
      [](Json& j) { j["threshold"] = 17; },
      [](Json& j) { j["name"] = ""; },
      [](Json& j) { j["name"] = std::string(65, 'x'); },
      [](Json& j) { j["made"] = "2026-11-22T10:00:00+00:00"; },
      [](Json& j) { j["extra"] = 1; },
      [](Json& j) { j["officers"][0]["extra"] = 1; },
      [](Json& j) { j["officers"][0]["share"] = ""; },
      [](Json& j) { j["officers"][0]["share"] = to_base64(Bytes(crypto::kMaxEnvelope + 1)); },
      [](Json& j) { j["officers"][0]["subject"] = std::string(1025, 'x'); },
      [](Json& j) {
        while (j["officers"].size() < 17) j["officers"].push_back(j["officers"][0]);
      },
  };
  for (std::size_t i = 0; i < alterations.size(); ++i) {
    EXPECT_FALSE(parse(alterations[i]).ok()) << i;
  }
}

TEST(EscrowRequest, MustMakeSense) {
  const auto now = fixed_clock();
  EXPECT_TRUE(check_escrow_request(request(2, 2), now).ok());
  EXPECT_TRUE(check_escrow_request(request(6, 6), now).ok());
  expect_failure(check_escrow_request(request(2, 1), now), ErrorCode::usage, "2 to 16 officers, and 1 is named");
  expect_failure(check_escrow_request(request(1, 3), now), ErrorCode::usage,
                 "2 to 3 open the anchor together, and not 1");
  expect_failure(check_escrow_request(request(4, 3), now), ErrorCode::usage, "and not 4");
  auto crowd = request(2, 6);
  while (crowd.officers.size() < 17) crowd.officers.push_back(crowd.officers[0]);
  expect_failure(check_escrow_request(crowd, now), ErrorCode::usage, "and 17 are named");
  auto twice = request(2, 2);
  twice.officers[1] = twice.officers[0];
  twice.officers[1].place = "again.pem";
  expect_failure(check_escrow_request(twice, now), ErrorCode::refused,
                 "'Ada.pem' and 'again.pem' are for the same key");
  auto unfit = request(2, 2);
  unfit.officers[1] = officer("Sid", KeyUse::sign).certificate;
  expect_failure(check_escrow_request(unfit, now), ErrorCode::refused,
                 "'Sid.pem': the certificate is not for encryption");
  expect_failure(check_escrow_request(request(2, 2), now + std::chrono::days(101)), ErrorCode::refused,
                 "'Ada.pem': the certificate expired");
  auto named = request(2, 2);
  named.name = "a\nb";
  expect_failure(check_escrow_request(named, now), ErrorCode::usage, "no control characters");
  named.name = std::string(65, 'x');
  expect_failure(check_escrow_request(named, now), ErrorCode::usage, "64 bytes");
}

TEST(OpenedShare, IsWrittenAndReadBack) {
  const auto escrow = make(2, 3);
  const auto text = opened(escrow.slot, 2);
  const auto share = must(parse_share(text));
  EXPECT_EQ(share.anchor, kAnchor);
  EXPECT_EQ(share.escrow, escrow.slot.id);
  EXPECT_EQ(share.name, kAnchor.hex().substr(0, 8));
  EXPECT_EQ(share.officer, "CN=Cyd");
  EXPECT_EQ((std::array{share.index, share.count, share.threshold}), (std::array{3U, 3U, 2U}));
  expect_same(must(format_share(share)), text);
}

TEST(OpenedShare, NoticesEveryAlteredCharacter) {
  const auto text = text_of(opened(make(2, 2).slot, 0));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto altered = text;
    altered[i] = text[i] == '7' ? '8' : '7';
    expect_failure(parse_share(secret(altered)), ErrorCode::malformed, "no opened share");
    expect_failure(parse_share(secret(text.substr(0, i))), ErrorCode::malformed, "no opened share");
  }
  expect_failure(parse_share(secret(text + "\n")), ErrorCode::malformed, "digest");
  expect_failure(parse_share(secret("-----BEGIN CMS-----\n")), ErrorCode::malformed, "still encrypted");
}

TEST(EncryptedShare, SaysToPeopleWhatItIs) {
  const auto slot = make(2, 3).slot;
  const auto file = must(share_file(kAnchor, slot, 1));
  EXPECT_THAT(file, HasSubstr("Holdfast escrow share 2 of 3, of which 2 together open a device\n"));
  EXPECT_THAT(file, HasSubstr("\nOfficer      CN=Bob\n"));
  EXPECT_THAT(file, HasSubstr(to_hex(slot.officers[1].fingerprint)));
  EXPECT_EQ(must(crypto::read_envelope(as_bytes(file))), slot.officers[1].share);
}

}  // namespace
}  // namespace holdfast::anchor
