// What every provider refuses: what its profile forbids, whichever call asks for it, and uses that a key is not for.
#include <vector>

#include "device/seal/stream_test_support.hpp"
#include "device/trust/test_support.hpp"

namespace holdfast::trust {
namespace {

using crypto::KeyAlgorithm;
using seal::test::file_with;
using test::failed;
using test::key;
using test::kProviderKinds;
using test::name;
using test::ProviderKind;
using test::ProviderTest;
using test::succeeded;
using test::works;

constexpr std::string_view kRule = "the profile 'cnsa-2.0' does not allow ed25519 keys (rule keys.algorithms";

class Cnsa : public ProviderTest {
 protected:
  /// The device's provider after its anchor got the stricter profile.
  [[nodiscard]] Provider& strict() const { return *strict_; }

  /// A key from before.
  [[nodiscard]] KeyInfo create_before(std::string_view id, KeyAlgorithm algorithm) const {
    auto made = provider().create_key({.name = name(id), .algorithm = algorithm});
    EXPECT_TRUE(succeeded(made));
    return std::move(made).value();
  }

 private:
  std::unique_ptr<Provider> strict_ = device().open("cnsa-2.0");
};

TEST_P(Cnsa, AllowsWhatItLists) {
  EXPECT_EQ(strict().profile().name, "cnsa-2.0");
  for (const auto algorithm : {KeyAlgorithm::ml_dsa_87, KeyAlgorithm::ml_kem_1024, KeyAlgorithm::aes_256}) {
    const auto id = name(crypto::row_of(algorithm).name);
    const auto made = strict().create_key({.name = id, .algorithm = algorithm});
    ASSERT_TRUE(succeeded(made));
    for (const auto use : made->uses) EXPECT_TRUE(works(strict(), {id}, use));
  }
  EXPECT_TRUE(succeeded(strict().attest(key("ml-dsa-87"), Bytes(16))));
}

TEST_P(Cnsa, RefusesNewKeysOfOtherAlgorithms) {
  for (const auto& row : crypto::key_algorithms()) {
    if (strict().profile().algorithms.contains(row.algorithm)) continue;
    const auto words = "does not allow " + std::string(row.name) + " keys";
    const auto use = can(row, KeyUse::sign)     ? KeyUse::sign
                     : can(row, KeyUse::derive) ? KeyUse::derive
                                                : KeyUse::decapsulate;
    EXPECT_TRUE(
        failed(strict().create_key({.name = name("device"), .algorithm = row.algorithm}), ErrorCode::refused, words));
    EXPECT_TRUE(failed(strict().create_ephemeral_key(row.algorithm, use), ErrorCode::refused, words));
  }
  EXPECT_TRUE(failed(strict().import_key({.name = name("device"),
                                          .algorithm = KeyAlgorithm::ed25519,
                                          .material = test::new_material(KeyAlgorithm::ed25519)}),
                     ErrorCode::refused, kRule));
  EXPECT_TRUE(strict().list_keys()->empty());
}

TEST_P(Cnsa, RefusesKeysFromBefore) {
  (void)create_before("device", KeyAlgorithm::ed25519);
  EXPECT_TRUE(failed(strict().open_key(key("device"), KeyUse::sign), ErrorCode::refused, kRule));
  EXPECT_TRUE(failed(strict().rotate_key(name("device"), {}), ErrorCode::refused, kRule));
  EXPECT_TRUE(failed(strict().attest(key("device"), Bytes(16)), ErrorCode::refused, kRule));
  // They can still be seen and put away, and their signatures verified.
  const auto seen = strict().find_key(key("device"));
  ASSERT_TRUE(succeeded(seen));
  EXPECT_TRUE(succeeded(public_pem_of(*seen)));
  EXPECT_EQ(strict().list_keys()->size(), 1U);
  EXPECT_TRUE(succeeded(strict().set_key_state(key("device"), KeyState::destroyed)));
}

TEST_P(Cnsa, RefusesOtherSuites) {
  const auto in = file_with(as_bytes("a few words"));
  const auto out = file_with({});
  const seal::Ends ends{.in = in.get(), .in_name = "input", .out = out.get(), .out_name = "output"};
  EXPECT_TRUE(failed(strict().seal({.suite = crypto::AeadSuite::chacha20_poly1305}, ends), ErrorCode::refused,
                     "does not allow sealing with chacha20-poly1305 (rule sealing.suites; allowed: aes-256-gcm)"));
  EXPECT_TRUE(seal::test::content_of(out).empty());
  EXPECT_TRUE(succeeded(strict().seal({}, ends)));
}

TEST_P(Cnsa, RefusesToReceiveWithOtherKeys) {
  const auto made = create_before("inbox", KeyAlgorithm::ml_kem_768);
  const auto sent = seal::encrypt_bytes(test::receiving_key_of(made).value(), {}, as_bytes("a few words")).value();
  const auto in = file_with(sent);
  const auto out = file_with({});
  const seal::Ends ends{.in = in.get(), .in_name = "input", .out = out.get(), .out_name = "output"};
  EXPECT_TRUE(failed(strict().unseal_from_outside({}, ends), ErrorCode::refused, "does not allow ml-kem-768 keys"));
  EXPECT_TRUE(seal::test::content_of(out).empty());
}

INSTANTIATE_TEST_SUITE_P(All, Cnsa, testing::ValuesIn(kProviderKinds), test::kind_name);

class UsualProfile : public ProviderTest {};

TEST_P(UsualProfile, GivesAKeyOnePurpose) {
  const std::set both{KeyUse::sign, KeyUse::derive};
  const auto material = [] { return test::new_material(KeyAlgorithm::ecdsa_p256); };
  constexpr auto kP256 = KeyAlgorithm::ecdsa_p256;
  EXPECT_TRUE(failed(provider().create_key({.name = name("device"), .algorithm = kP256, .uses = both}),
                     ErrorCode::refused, "rule keys.purposes"));
  EXPECT_TRUE(
      failed(provider().import_key({.name = name("device"), .algorithm = kP256, .uses = both, .material = material()}),
             ErrorCode::refused, "rule keys.purposes"));
  EXPECT_TRUE(
      succeeded(device().open("legacy")->create_key({.name = name("device"), .algorithm = kP256, .uses = both})));
  // What a looser profile made, a stricter one does not multiply.
  EXPECT_TRUE(failed(provider().rotate_key(name("device"), {}), ErrorCode::refused, "rule keys.purposes"));
}

TEST_P(UsualProfile, IsOfNoHelpWhereTheAlgorithmCannot) {
  EXPECT_TRUE(
      failed(provider().create_key({.name = name("a"), .algorithm = KeyAlgorithm::ed25519, .uses = {KeyUse::encrypt}}),
             ErrorCode::usage, ""));
  EXPECT_TRUE(failed(provider().create_ephemeral_key(KeyAlgorithm::aes_256, KeyUse::sign), ErrorCode::usage, ""));
}

INSTANTIATE_TEST_SUITE_P(All, UsualProfile, testing::ValuesIn(kProviderKinds), test::kind_name);

/// One call of a Key, and whether the key was opened for it.
struct Call {
  std::string_view name;
  std::set<KeyUse> uses;
  std::set<crypto::Family> families;  ///< that know the call
  ErrorCode (*code)(const Key& key);  ///< of its failure
};

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  return result.ok() ? ErrorCode::internal : result.error().code();
}

using enum crypto::Family;

const std::vector<Call> kCalls{
    {"sign",
     {KeyUse::sign},
     {rsa, ecdsa, ed25519, ml_dsa},
     [](const Key& key) { return code_of(key.sign({}, crypto::Randomness::hedged, read_from({}))); }},
    {"certificate_request",
     {KeyUse::sign},
     {rsa, ecdsa, ed25519, ml_dsa},
     [](const Key& key) {
       return code_of(key.certificate_request({crypto::DistinguishedName::parse("CN=a").value(), {}}));
     }},
    {"self_signed",
     {KeyUse::sign},
     {rsa, ecdsa, ed25519, ml_dsa},
     [](const Key& key) {
       return code_of(key.self_signed({.subject = crypto::DistinguishedName::parse("CN=a").value(),
                                       .alternative_names = {},
                                       .now = anchor::test::fixed_clock(),
                                       .validity = std::chrono::days(1)}));
     }},
    {"decrypt", {KeyUse::decrypt}, {rsa}, [](const Key& key) { return code_of(key.decrypt({}, Bytes(256, 1))); }},
    {"encrypt_data", {KeyUse::encrypt}, {aes}, [](const Key& key) { return code_of(key.encrypt_data({}, {})); }},
    {"decrypt_data",
     {KeyUse::decrypt},
     {aes},
     [](const Key& key) { return code_of(key.decrypt_data({}, Bytes(64, 1))); }},
    {"agree",
     {KeyUse::derive},
     {ecdsa, x25519},
     [](const Key& key) { return code_of(key.agree(crypto::test::test_key(KeyAlgorithm::x25519).public_key())); }},
    {"decapsulate",
     {KeyUse::decapsulate},
     {ml_kem, hybrid_kem},
     [](const Key& key) { return code_of(key.decapsulate(Bytes(1088, 1))); }},
};

struct Opened {
  ProviderKind kind;
  KeyAlgorithm algorithm;
  KeyUse use;
};

void PrintTo(const Opened& opened, std::ostream* to) {
  *to << crypto::row_of(opened.algorithm).name << " " << name_of(opened.use);
}

std::string opened_name(const testing::TestParamInfo<Opened>& info) {
  const auto& [kind, algorithm, use] = info.param;
  return std::string(kind.name) + "_" + crypto::test::test_name(crypto::row_of(algorithm).name) + "_" +
         std::string(name_of(use));
}

std::vector<Opened> opened_keys() {
  std::vector<Opened> all;
  for (const auto& kind : kProviderKinds) {
    all.push_back({kind, KeyAlgorithm::rsa_2048, KeyUse::sign});
    all.push_back({kind, KeyAlgorithm::rsa_2048, KeyUse::decrypt});
    all.push_back({kind, KeyAlgorithm::ecdsa_p256, KeyUse::sign});
    all.push_back({kind, KeyAlgorithm::ecdsa_p256, KeyUse::derive});
    all.push_back({kind, KeyAlgorithm::ed25519, KeyUse::sign});
    all.push_back({kind, KeyAlgorithm::ml_dsa_44, KeyUse::sign});
    all.push_back({kind, KeyAlgorithm::x25519, KeyUse::derive});
    all.push_back({kind, KeyAlgorithm::ml_kem_768, KeyUse::decapsulate});
    all.push_back({kind, KeyAlgorithm::x25519_ml_kem_768, KeyUse::decapsulate});
    all.push_back({kind, KeyAlgorithm::aes_256, KeyUse::encrypt});
    all.push_back({kind, KeyAlgorithm::aes_256, KeyUse::decrypt});
  }
  return all;
}

/// RSA keys come from a file: searching for one takes long.
keys::KeyMaterial material_of(KeyAlgorithm algorithm) {
  if (algorithm != KeyAlgorithm::rsa_2048) return test::new_material(algorithm);
  return crypto::test::load_pem_key(crypto::test::kVectors / "rsa-2048.pem").value();
}

class OpenedKey : public testing::TestWithParam<Opened> {};

TEST_P(OpenedKey, DoesOnlyWhatItWasOpenedFor) {
  const auto& [kind, algorithm, use] = GetParam();
  const auto device = kind.make();
  const auto provider = device->open();
  ASSERT_TRUE(succeeded(provider->import_key(
      {.name = name("device"), .algorithm = algorithm, .uses = {use}, .material = material_of(algorithm)})));
  const auto kept = provider->open_key(key("device"), use);
  ASSERT_TRUE(succeeded(kept));
  std::vector<const Key*> both{kept->get()};
  const auto ephemeral =
      algorithm == KeyAlgorithm::rsa_2048 ? nullptr : provider->create_ephemeral_key(algorithm, use).value();
  if (ephemeral) both.push_back(ephemeral.get());
  for (const auto& call : kCalls) {
    const bool fits = call.uses.contains(use) && call.families.contains(crypto::row_of(algorithm).family);
    for (const auto* const opened : both) {
      // A peer's key of another algorithm is a usage error of its own.
      if (fits && call.name == "agree" && algorithm != KeyAlgorithm::x25519) continue;
      EXPECT_EQ(call.code(*opened) == ErrorCode::usage, !fits) << call.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpenedKey, testing::ValuesIn(opened_keys()), opened_name);

}  // namespace
}  // namespace holdfast::trust
