// What every provider promises beside its keys: certificates, sealing, randomness, the counter and attestation.
#include "core/encoding.hpp"
#include "core/json.hpp"
#include "device/seal/stream_test_support.hpp"
#include "device/trust/test_support.hpp"

namespace holdfast::trust {
namespace {

using crypto::KeyAlgorithm;
using crypto::test::pattern;
using seal::test::content_of;
using seal::test::file_with;
using test::failed;
using test::kAllProviderKinds;
using test::key;
using test::kProviderKinds;
using test::name;
using test::ProviderTest;
using test::revealed;
using test::succeeded;

constexpr auto kEd25519 = crypto::KeyAlgorithm::ed25519;

class Certificates : public ProviderTest {
 protected:
  void SetUp() override {
    for (const auto* const text : {"device", "other"}) {
      ASSERT_TRUE(succeeded(provider().create_key({.name = name(text), .algorithm = kEd25519})));
    }
  }

  [[nodiscard]] crypto::CertificateChain certificate_of(const KeySelection& selection) const {
    const crypto::SelfSignedContent content{.subject = crypto::DistinguishedName::parse("CN=gate 7").value(),
                                            .alternative_names = {},
                                            .now = anchor::test::fixed_clock(),
                                            .validity = std::chrono::days(365)};
    return provider().open_key(selection, KeyUse::sign).value()->self_signed(content).value();
  }
};

TEST_P(Certificates, AreKeptBesideTheirKeys) {
  EXPECT_TRUE(failed(provider().load_certificate(key("device")), ErrorCode::not_found, "no certificate"));
  const auto first = certificate_of(key("device"));
  ASSERT_TRUE(succeeded(provider().store_certificate(key("device"), first)));
  const auto loaded = device().open()->load_certificate(key("device@1"));
  ASSERT_TRUE(succeeded(loaded));
  EXPECT_EQ(loaded->certificates(), first.certificates());
  EXPECT_TRUE(failed(provider().load_certificate(key("other")), ErrorCode::not_found, "no certificate"));
  const auto second = certificate_of(key("device"));
  ASSERT_NE(second.certificates(), first.certificates());
  ASSERT_TRUE(succeeded(provider().store_certificate(key("device"), second)));
  EXPECT_EQ(provider().load_certificate(key("device"))->certificates(), second.certificates());
}

TEST_P(Certificates, OfOtherKeysAreRefused) {
  const auto others = certificate_of(key("other"));
  EXPECT_TRUE(failed(provider().store_certificate(key("device"), others), ErrorCode::refused, ""));
  EXPECT_TRUE(failed(provider().load_certificate(key("device")), ErrorCode::not_found, "no certificate"));
  EXPECT_TRUE(failed(provider().store_certificate(key("none"), others), ErrorCode::not_found, "no key 'none'"));
}

TEST_P(Certificates, BelongToOneVersion) {
  const auto first = certificate_of(key("device"));
  ASSERT_TRUE(succeeded(provider().rotate_key(name("device"), {})));
  EXPECT_TRUE(failed(provider().store_certificate(key("device"), first), ErrorCode::refused, ""));
  ASSERT_TRUE(succeeded(provider().store_certificate(key("device@1"), first)));
  EXPECT_TRUE(failed(provider().load_certificate(key("device")), ErrorCode::not_found, "no certificate"));
}

TEST_P(Certificates, AreNotForKeysWithoutAPublicHalf) {
  ASSERT_TRUE(succeeded(provider().create_key({.name = name("data"), .algorithm = KeyAlgorithm::aes_256})));
  EXPECT_TRUE(failed(provider().store_certificate(key("data"), certificate_of(key("device"))), ErrorCode::usage, ""));
}

TEST_P(Certificates, AreAskedFor) {
  const auto signer = provider().open_key(key("device"), KeyUse::sign).value();
  const auto request = signer->certificate_request(
      {.subject = crypto::DistinguishedName::parse("CN=gate 7").value(), .alternative_names = {}});
  ASSERT_TRUE(succeeded(request));
  EXPECT_THAT(*request, testing::StartsWith("-----BEGIN CERTIFICATE REQUEST-----"));
}

class Sealing : public ProviderTest {};

seal::Ends ends_of(const FileDescriptor& in, const FileDescriptor& out) {
  return {.in = in.get(), .in_name = "input", .out = out.get(), .out_name = "output"};
}

TEST_P(Sealing, OpensWhatItSealed) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, 3 * seal::kChunkSize + 5}) {
    for (const auto suite : {crypto::AeadSuite::aes_256_gcm, crypto::AeadSuite::chacha20_poly1305}) {
      const auto plaintext = pattern(size);
      const auto in = file_with(plaintext);
      const auto sealed = file_with({});
      const auto out = file_with({});
      const auto stats = provider().seal({.suite = suite}, ends_of(in, sealed));
      ASSERT_TRUE(succeeded(stats));
      EXPECT_EQ(stats->plaintext_bytes, size);
      const auto again = file_with(content_of(sealed));
      ASSERT_TRUE(succeeded(device().open()->unseal({}, ends_of(again, out))));
      EXPECT_EQ(content_of(out), plaintext);
    }
  }
}

TEST_P(Sealing, WorksThroughPipes) {
  seal::test::Pipe in;
  seal::test::Pipe out;
  ASSERT_TRUE(succeeded(write_all(in.write_end.get(), as_bytes("a few words"), "pipe")));
  in.write_end = FileDescriptor();
  ASSERT_TRUE(succeeded(provider().seal({.name = "notes"}, ends_of(in.read_end, out.write_end))));
  out.write_end = FileDescriptor();
  const auto opened = file_with({});
  ASSERT_TRUE(succeeded(provider().unseal({.name = "notes"}, ends_of(out.read_end, opened))));
  EXPECT_EQ(as_text(content_of(opened)), "a few words");
}

TEST_P(Sealing, ResealsWhereThereCanBeANewerRoot) {
  const auto sealed = file_with({});
  ASSERT_TRUE(succeeded(provider().seal({.name = "notes"}, ends_of(file_with(as_bytes("a few words")), sealed))));
  const auto again = file_with({});
  const auto stats = provider().reseal({}, ends_of(file_with(content_of(sealed)), again));
  if (!provider().info().capabilities.contains(Capability::random_keys)) {
    EXPECT_TRUE(failed(stats, ErrorCode::refused, "one root for ever"));
    EXPECT_TRUE(content_of(again).empty());
    return;
  }
  ASSERT_TRUE(succeeded(stats));
  EXPECT_NE(content_of(again), content_of(sealed));
  const auto opened = file_with({});
  ASSERT_TRUE(succeeded(provider().unseal({.name = "notes"}, ends_of(file_with(content_of(again)), opened))));
  EXPECT_EQ(as_text(content_of(opened)), "a few words");
}

TEST_P(Sealing, AlteredFilesAreRefused) {
  const auto sealed = file_with({});
  ASSERT_TRUE(succeeded(provider().seal({}, ends_of(file_with(as_bytes("a few words")), sealed))));
  auto altered = content_of(sealed);
  altered.back() ^= 1;
  const auto out = file_with({});
  EXPECT_TRUE(failed(provider().unseal({}, ends_of(file_with(altered), out)), ErrorCode::malformed, "input"));
  EXPECT_TRUE(content_of(out).empty());
}

class FromOutside : public ProviderTest {};

TEST_P(FromOutside, IsOpenedOnlyAsThat) {
  for (const auto algorithm : {KeyAlgorithm::ml_kem_768, KeyAlgorithm::ml_kem_1024, KeyAlgorithm::x25519_ml_kem_768}) {
    const auto id = name(crypto::row_of(algorithm).name);
    const auto made = provider().create_key({.name = id, .algorithm = algorithm});
    ASSERT_TRUE(succeeded(made));
    const auto encrypted =
        seal::encrypt_bytes(test::receiving_key_of(*made).value(), {}, as_bytes("a few words")).value();
    const auto out = file_with({});
    EXPECT_FALSE(provider().unseal({}, ends_of(file_with(encrypted), out)).ok());
    ASSERT_TRUE(succeeded(provider().unseal_from_outside({}, ends_of(file_with(encrypted), out))));
    EXPECT_EQ(as_text(content_of(out)), "a few words");
    const auto by_name = [&](std::string key) {
      return provider().unseal_from_outside({.key = std::move(key)}, ends_of(file_with(encrypted), file_with({})));
    };
    EXPECT_TRUE(succeeded(by_name(id.text())));
    EXPECT_TRUE(succeeded(by_name(id.text() + "@1")));
    EXPECT_TRUE(failed(by_name(id.text() + "@2"), ErrorCode::does_not_open, ""));
    EXPECT_TRUE(failed(by_name("other"), ErrorCode::does_not_open, ""));
    // Older versions still open what was sent to them; disabled ones do not.
    ASSERT_TRUE(succeeded(provider().rotate_key(id, {})));
    EXPECT_TRUE(succeeded(provider().unseal_from_outside({}, ends_of(file_with(encrypted), file_with({})))));
    ASSERT_TRUE(succeeded(provider().set_key_state({id}, KeyState::disabled)));
    EXPECT_TRUE(failed(provider().unseal_from_outside({}, ends_of(file_with(encrypted), file_with({}))),
                       ErrorCode::refused, "is disabled"));
  }
  const auto stranger = crypto::ReceivingKey::create(crypto::PrivateKey::generate(KeyAlgorithm::ml_kem_768).value());
  const auto for_another = seal::encrypt_bytes(stranger->public_key().value(), {}, as_bytes("x")).value();
  EXPECT_TRUE(failed(provider().unseal_from_outside({}, ends_of(file_with(for_another), file_with({}))),
                     ErrorCode::does_not_open, ""));
}

class Randomness : public ProviderTest {};

TEST_P(Randomness, ComesInEverySizeAndNeverTwice) {
  for (const std::size_t size : {0, 1, 1000}) {
    const auto bytes = provider().random(size);
    ASSERT_TRUE(succeeded(bytes));
    EXPECT_EQ(bytes->size(), size);
  }
  EXPECT_NE(revealed(provider().random(1000).value()), revealed(provider().random(1000).value()));
}

class Counter : public ProviderTest {};

TEST_P(Counter, OnlyGrows) {
  EXPECT_EQ(provider().read_counter().value(), 0U);
  EXPECT_EQ(provider().increment_counter().value(), 1U);
  EXPECT_EQ(provider().read_counter().value(), 1U);
  const auto reopened = device().open();
  EXPECT_EQ(reopened->increment_counter().value(), 2U);
  EXPECT_EQ(reopened->read_counter().value(), 2U);
  EXPECT_EQ(provider().read_counter().value(), 2U);
}

class Attesting : public ProviderTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(succeeded(provider().create_key({.name = name("device"), .algorithm = KeyAlgorithm::ecdsa_p256})));
  }
};

TEST_P(Attesting, SignsWhatTheDeviceIs) {
  ASSERT_TRUE(succeeded(provider().rotate_key(name("device"), {})));
  ASSERT_TRUE(succeeded(provider().increment_counter()));
  const auto info = provider().find_key(key("device")).value();
  for (const std::size_t size : {16, 64}) {
    const auto nonce = pattern(size);
    const auto attestation = provider().attest(key("device"), nonce);
    ASSERT_TRUE(succeeded(attestation));
    const auto verdict = crypto::verify_message(test::public_key_of(info).value(), {}, as_bytes(attestation->statement),
                                                attestation->signature);
    EXPECT_EQ(verdict.value(), crypto::Verdict::valid);
    const auto statement = parse_canonical_json(attestation->statement, "statement");
    ASSERT_TRUE(succeeded(statement));
    EXPECT_EQ(statement->at("format"), "holdfast-attestation-v1");
    EXPECT_EQ(statement->at("provider"), provider().info().kind);
    EXPECT_EQ(statement->at("anchor"), provider().info().device);
    EXPECT_EQ(statement->at("profile"), provider().profile().name);
    EXPECT_EQ(statement->at("key"), "device@2");
    EXPECT_EQ(statement->at("key_algorithm"), "ecdsa-p256");
    EXPECT_EQ(statement->at("key_sha256"), to_hex(info.half.public_sha256));
    EXPECT_EQ(statement->at("nonce"), to_base64(nonce));
    EXPECT_EQ(statement->at("counter"), 1);
    EXPECT_TRUE(succeeded(parse_rfc3339(statement->at("time").get<std::string>())));
  }
}

TEST_P(Attesting, WantsANonceThatCannotBeGuessed) {
  for (const std::size_t size : {0, 15, 65}) {
    EXPECT_TRUE(failed(provider().attest(key("device"), Bytes(size)), ErrorCode::usage, "16 to 64 bytes"));
  }
}

TEST_P(Attesting, NeedsAKeyThatSigns) {
  const Bytes nonce(16, 1);
  ASSERT_TRUE(succeeded(provider().create_key({.name = name("data"), .algorithm = KeyAlgorithm::aes_256})));
  EXPECT_TRUE(failed(provider().attest(key("data"), nonce), ErrorCode::refused, "must not be used to sign"));
  EXPECT_TRUE(failed(provider().attest(key("none"), nonce), ErrorCode::not_found, "no key 'none'"));
  ASSERT_TRUE(succeeded(provider().set_key_state(key("device"), KeyState::disabled)));
  EXPECT_TRUE(failed(provider().attest(key("device@1"), nonce), ErrorCode::refused, "is disabled"));
}

INSTANTIATE_TEST_SUITE_P(All, Certificates, testing::ValuesIn(kProviderKinds), test::kind_name);
INSTANTIATE_TEST_SUITE_P(All, Sealing, testing::ValuesIn(kAllProviderKinds), test::kind_name);
INSTANTIATE_TEST_SUITE_P(All, FromOutside, testing::ValuesIn(kProviderKinds), test::kind_name);
INSTANTIATE_TEST_SUITE_P(All, Randomness, testing::ValuesIn(kAllProviderKinds), test::kind_name);
INSTANTIATE_TEST_SUITE_P(All, Counter, testing::ValuesIn(kProviderKinds), test::kind_name);
INSTANTIATE_TEST_SUITE_P(All, Attesting, testing::ValuesIn(kProviderKinds), test::kind_name);

// What is true of the software provider's file alone.
TEST(SoftwareCounter, KnowsAFileThatWasAlteredOrIsAnothers) {
  const test::SoftwareDevice device;
  const auto provider = device.open();
  ASSERT_TRUE(succeeded(provider->increment_counter()));
  const auto file = device.state() / "counter";
  const auto genuine = crypto::test::content_of(file);
  const auto strange = device.open_as(test::new_anchor());
  EXPECT_TRUE(failed(strange->read_counter(), ErrorCode::malformed, "another anchor's"));
  EXPECT_TRUE(failed(strange->increment_counter(), ErrorCode::malformed, "another anchor's"));
  for (std::size_t at = 0; at + 1 < genuine.size(); ++at) {
    auto altered = genuine;
    altered[at] ^= 1;
    crypto::test::write(file, altered);
    ASSERT_TRUE(failed(provider->read_counter(), ErrorCode::malformed, "counter")) << at;
    ASSERT_FALSE(provider->increment_counter().ok()) << at;
  }
  crypto::test::write(file, genuine);
  EXPECT_EQ(provider->increment_counter().value(), 2U);
}

TEST(SoftwareProvider, CanDoEverything) {
  const auto info = test::SoftwareDevice().open()->info();
  EXPECT_EQ(info.kind, "software");
  EXPECT_EQ(info.device.size(), 32U);
  EXPECT_EQ(info.capabilities.size(), static_cast<std::size_t>(Capability::attestation) + 1);
}

}  // namespace
}  // namespace holdfast::trust
