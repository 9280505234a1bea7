#include "crypto/receiving_key.hpp"

#include "crypto/hash.hpp"
#include "crypto/pem.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;
using test::test_key;

constexpr auto kHybrid = KeyAlgorithm::x25519_ml_kem_768;

class Receiving : public testing::TestWithParam<KeyAlgorithm> {
 protected:
  const SecretBytes seed_ = secret(pattern(row_of(GetParam()).derivation_size));
  const ReceivingKey key_ = ReceivingKey::derive(GetParam(), seed_).value();
  const ReceivingPublicKey public_ = key_.public_key().value();
};

INSTANTIATE_TEST_SUITE_P(Table, Receiving,
                         testing::Values(KeyAlgorithm::ml_kem_768, KeyAlgorithm::ml_kem_1024, kHybrid),
                         [](const auto& row) { return test::test_name(row_of(row.param).name); });

TEST_P(Receiving, RoundTrip) {
  const auto sent = public_.encapsulate();
  ASSERT_TRUE(succeeded(sent));
  EXPECT_EQ(sent->ciphertext.size(), receiving_ciphertext_size(GetParam()));
  EXPECT_EQ(sent->shared.size(), 32u);
  const auto received = key_.decapsulate(sent->ciphertext);
  ASSERT_TRUE(succeeded(received));
  EXPECT_EQ(revealed(*received), revealed(sent->shared));
  Bytes altered = sent->ciphertext;
  altered.back() ^= 1;
  EXPECT_NE(revealed(key_.decapsulate(altered).value()), revealed(sent->shared));
}

TEST_P(Receiving, PublicKeySurvivesPem) {
  const auto pem = public_.to_pem();
  ASSERT_TRUE(succeeded(pem));
  const auto again = ReceivingPublicKey::parse(as_bytes(*pem));
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(again->algorithm(), GetParam());
  EXPECT_EQ(again->public_bytes().value(), public_.public_bytes().value());
  EXPECT_EQ(again->fingerprint().value(), hash(HashAlgorithm::sha256, {public_.public_bytes().value()}).value());
  EXPECT_EQ(pem_name(as_bytes(*pem)), GetParam() == kHybrid ? kHybridPemName : "PUBLIC KEY");
  EXPECT_EQ(key_.algorithm(), GetParam());
}

TEST_P(Receiving, SizesThatDoNotFit) {
  EXPECT_TRUE(failed(key_.decapsulate(Bytes(receiving_ciphertext_size(GetParam()) - 1)), ErrorCode::malformed,
                     "ciphertext has"));
  EXPECT_TRUE(failed(ReceivingKey::derive(GetParam(), secret(pattern(32))), ErrorCode::usage, "and 32 were given"));
}

TEST(ReceivingKeys, OfTheSameSeedAreTheKeysOfItsParts) {
  const auto hybrid = ReceivingKey::derive(kHybrid, secret(pattern(96))).value().public_key().value();
  EXPECT_EQ(hybrid.public_bytes().value().size(), 1216u);
  const auto parts = hybrid_public_key(secret(pattern(96))).value();
  EXPECT_TRUE(std::ranges::equal(ByteView(hybrid.public_bytes().value()).first(32), parts.classical));
  const auto& ml_kem = test_key(KeyAlgorithm::ml_kem_768).public_key();
  EXPECT_EQ(ReceivingPublicKey::parse(ml_kem.to_der().value()).value().fingerprint().value(),
            ml_kem.fingerprint().value());
}

TEST(ReceivingKeys, OfOtherAlgorithmsAreNamed) {
  const auto& ed25519 = test_key(KeyAlgorithm::ed25519).public_key();
  EXPECT_TRUE(
      failed(ReceivingPublicKey::parse(ed25519.to_der().value()), ErrorCode::refused,
             "nothing can be encrypted to ed25519 keys; use one of: ml-kem-768, ml-kem-1024, x25519-ml-kem-768"));
  EXPECT_TRUE(
      failed(ReceivingKey::derive(KeyAlgorithm::aes_256, secret(pattern(32))), ErrorCode::usage, "aes-256 keys"));
  EXPECT_TRUE(failed(ReceivingKey::create(PrivateKey::generate(KeyAlgorithm::x25519).value()), ErrorCode::usage,
                     "x25519 keys"));
  EXPECT_EQ(receiving_ciphertext_size(KeyAlgorithm::rsa_2048), 0u);
}

TEST(ReceivingKeys, RefusesWhatIsNoPublicKey) {
  const auto parse_hybrid = [](ByteView content) {
    return ReceivingPublicKey::parse(as_bytes(write_pem(kHybridPemName, content).value()));
  };
  const auto raw =
      ReceivingKey::derive(kHybrid, secret(pattern(96))).value().public_key().value().public_bytes().value();
  ASSERT_TRUE(succeeded(parse_hybrid(raw)));
  EXPECT_TRUE(failed(parse_hybrid(ByteView(raw).first(1215)), ErrorCode::malformed, "1216 bytes, and 1215"));
  Bytes invalid = raw;
  std::ranges::fill(MutableByteView(invalid).subspan(32), 0xff);
  EXPECT_TRUE(failed(parse_hybrid(invalid), ErrorCode::malformed, "ML-KEM-768 public key is not valid"));
  EXPECT_TRUE(failed(ReceivingPublicKey::parse(raw), ErrorCode::malformed, ""));
  EXPECT_TRUE(failed(ReceivingPublicKey::parse({}), ErrorCode::malformed, "is empty"));
  const std::string pem = write_pem(kHybridPemName, raw).value();
  EXPECT_TRUE(failed(ReceivingPublicKey::parse(as_bytes(pem + pem)), ErrorCode::malformed, "more than one PEM block"));
  EXPECT_TRUE(failed(ReceivingPublicKey::parse(as_bytes(pem.substr(0, 900))), ErrorCode::malformed, "is damaged"));
  EXPECT_TRUE(
      failed(ReceivingPublicKey::parse(as_bytes(pem + std::string(70000, ' '))), ErrorCode::malformed, "64 KiB"));
  EXPECT_TRUE(failed(PublicKey::parse(as_bytes(pem)), ErrorCode::malformed, "'HOLDFAST HYBRID PUBLIC KEY' was found"));
  const std::string secret_pem = write_pem("PRIVATE KEY", pattern(20)).value();
  EXPECT_TRUE(failed(ReceivingPublicKey::parse(as_bytes(secret_pem)), ErrorCode::refused, "private key"));
}

TEST(ReceivingKeys, AZeroX25519HalfIsFoundWhenEncapsulating) {
  auto parts = hybrid_public_key(secret(pattern(96))).value();
  parts.classical = Bytes(32, 0);
  EXPECT_TRUE(failed(ReceivingPublicKey::create(parts).value().encapsulate(), ErrorCode::malformed, "small order"));
}

}  // namespace
}  // namespace holdfast::crypto
