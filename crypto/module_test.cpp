#include "crypto/module.hpp"

#include <openssl/provider.h>

#include <thread>

#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "crypto/hybrid_kem.hpp"
#include "crypto/kdf.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"
#include "tests/support/fips.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;

std::string provider_of(const PublicKey& key) {
  return OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key.handle().pkey.get()));
}

class Fips : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(succeeded(load_module(Module::fips))); }

 private:
  const bool configured_ = (holdfast::test::use_fips_config(HOLDFAST_TEST_FIPS_CONFIG), true);
};

TEST_F(Fips, ScopesNestAndEnd) {
  EXPECT_EQ(current_module(), Module::standard);
  {
    const ModuleScope outer(Module::fips);
    EXPECT_EQ(current_module(), Module::fips);
    {
      const ModuleScope inner(Module::standard);
      EXPECT_EQ(current_module(), Module::standard);
    }
    EXPECT_EQ(current_module(), Module::fips);
    std::thread([] { EXPECT_EQ(current_module(), Module::standard); }).join();
  }
  EXPECT_EQ(current_module(), Module::standard);
}

TEST_F(Fips, TellsItsNameAndVersion) {
  EXPECT_TRUE(describe_module(Module::fips).starts_with("OpenSSL FIPS Provider 3.")) << describe_module(Module::fips);
  EXPECT_TRUE(describe_module(Module::standard).starts_with("OpenSSL 3."));
}

TEST_F(Fips, ComputesTheSame) {
  const auto key = secret(pattern(64));
  const auto compute = [&] {
    return std::vector<Bytes>{hash(HashAlgorithm::sha256, {pattern(100)}).value(),
                              hash(HashAlgorithm::sha384, {pattern(100)}).value(),
                              hash(HashAlgorithm::sha512, {pattern(100)}).value(),
                              hmac_sha256(key, {pattern(100)}).value(),
                              revealed(hkdf(key, pattern(32), label("test"), 77).value()),
                              revealed(pbkdf2(key, pattern(32), kPbkdf2Standard).value())};
  };
  const auto standard = compute();
  const ModuleScope scope(Module::fips);
  EXPECT_EQ(compute(), standard);
}

TEST_F(Fips, HasOnlyWhatIsApproved) {
  const ModuleScope scope(Module::fips);
  EXPECT_FALSE(argon2id(secret(pattern(32)), pattern(32), kArgon2Standard).ok());
  EXPECT_FALSE(Aead::create(AeadSuite::chacha20_poly1305, Aead::Direction::seal, secret(pattern(32))).ok());
  EXPECT_FALSE(PrivateKey::generate(KeyAlgorithm::x25519).ok());
  EXPECT_FALSE(PrivateKey::derive(KeyAlgorithm::x25519, secret(pattern(32))).ok());
  EXPECT_TRUE(succeeded(Aead::create(AeadSuite::aes_256_gcm, Aead::Direction::seal, secret(pattern(32)))));
}

TEST_F(Fips, StretchesWithPbkdf2) {
  EXPECT_EQ(stretch_costs(StretchPreset::standard), StretchCosts(kArgon2Standard));
  const ModuleScope scope(Module::fips);
  EXPECT_EQ(stretch_costs(StretchPreset::standard), StretchCosts(kPbkdf2Standard));
  EXPECT_EQ(stretch_costs(StretchPreset::strong), StretchCosts(kPbkdf2Strong));
  const auto input = secret(pattern(32));
  EXPECT_EQ(revealed(stretch(input, pattern(32), kPbkdf2Standard).value()),
            revealed(pbkdf2(input, pattern(32), kPbkdf2Standard).value()));
}

TEST(Pbkdf2, IsBounded) {
  const auto input = secret(pattern(32));
  for (const std::uint32_t iterations : {0U, 249'999U, 10'000'001U, UINT32_MAX}) {
    EXPECT_TRUE(failed(pbkdf2(input, pattern(32), {iterations}), ErrorCode::malformed, "250,000 to 10,000,000"));
  }
  EXPECT_TRUE(failed(pbkdf2(secret(pattern(7)), pattern(32), kPbkdf2Standard), ErrorCode::usage, "at least 8 bytes"));
}

TEST_F(Fips, DrawsItsOwnRandomNumbers) {
  const ModuleScope scope(Module::fips);
  const auto first = random_bytes(100'000).value();
  const auto second = random_bytes(100'000).value();
  EXPECT_NE(first, second);
  EXPECT_LT(std::ranges::count(first, std::uint8_t{0}), 1000);
}

// The keys of both modules are the same ones, and each is held by the module that made it.
class FipsKeys : public testing::TestWithParam<KeyRow> {};

TEST_P(FipsKeys, AreItsOwn) {
  holdfast::test::use_fips_config(HOLDFAST_TEST_FIPS_CONFIG);
  const auto& row = GetParam();
  const auto seed = pattern(row.derivation_size);
  const auto usual = PrivateKey::derive(row.algorithm, secret(seed));
  ASSERT_TRUE(succeeded(usual));
  const ModuleScope scope(Module::fips);
  const auto derived = PrivateKey::derive(row.algorithm, secret(seed));
  ASSERT_TRUE(succeeded(derived));
  EXPECT_EQ(derived->public_key().to_der().value(), usual->public_key().to_der().value());
  const auto generated = PrivateKey::generate(row.algorithm);
  ASSERT_TRUE(succeeded(generated));
  for (const auto& key : {derived->public_key(), generated->public_key()}) EXPECT_EQ(provider_of(key), "fips");
  EXPECT_EQ(provider_of(usual->public_key()), "default");
  if (!can(row, KeyUse::sign)) return;
  auto input = SignatureInput::create(derived->public_key(), {});
  ASSERT_TRUE(succeeded(input));
  ASSERT_TRUE(succeeded(input->update(as_bytes("message"))));
  const auto signature = sign(*derived, std::move(*input), Randomness::hedged);
  ASSERT_TRUE(succeeded(signature));
  const ModuleScope standard(Module::standard);
  EXPECT_EQ(verify_message(usual->public_key(), {}, as_bytes("message"), *signature).value(), Verdict::valid);
}

std::vector<KeyRow> approved_rows() {
  std::vector<KeyRow> rows;
  for (const auto& row : key_algorithms()) {
    const bool approved = row.family != Family::x25519 && row.family != Family::hybrid_kem;
    // RSA keys are not derived there, and take long to find.
    if (approved && !row.openssl_name.empty() && row.family != Family::rsa) rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Algorithms, FipsKeys, testing::ValuesIn(approved_rows()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_F(Fips, EncapsulatesWithP384) {
  const ModuleScope scope(Module::fips);
  const auto seed = secret(pattern(seed_size_of(HybridGroup::p384)));
  auto key = hybrid_public_key(seed, HybridGroup::p384).value();
  EXPECT_EQ(key.classical.size(), kP384PointSize);
  auto sent = hybrid_encapsulate(key).value();
  EXPECT_EQ(revealed(hybrid_decapsulate(seed, sent.ciphertext, HybridGroup::p384).value()), revealed(sent.shared));
  sent.ciphertext.classical[10] ^= 1;
  EXPECT_TRUE(failed(hybrid_decapsulate(seed, sent.ciphertext, HybridGroup::p384), ErrorCode::malformed,
                     "P-384 public key is not valid"));
  sent.ciphertext.classical.pop_back();
  EXPECT_TRUE(
      failed(hybrid_decapsulate(seed, sent.ciphertext, HybridGroup::p384), ErrorCode::malformed, "97 bytes, and 96"));
  key.classical[20] ^= 1;
  EXPECT_TRUE(failed(hybrid_encapsulate(key), ErrorCode::malformed, "P-384 public key is not valid"));
  EXPECT_FALSE(hybrid_public_key(secret(pattern(kHybridSeedSize))).ok());
}

}  // namespace
}  // namespace holdfast::crypto
