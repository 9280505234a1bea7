#include "crypto/kem.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <array>

#include "crypto/key_handle.hpp"
#include "crypto/test_shake.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::Shake128;
using test::succeeded;
using test::test_key;

class Kem : public testing::TestWithParam<KeyAlgorithm> {
 protected:
  const PrivateKey& key_ = test_key(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Table, Kem, testing::Values(KeyAlgorithm::ml_kem_768, KeyAlgorithm::ml_kem_1024),
                         [](const auto& row) { return test::test_name(row_of(row.param).name); });

TEST_P(Kem, RoundTrip) {
  const auto sent = encapsulate(key_.public_key());
  ASSERT_TRUE(succeeded(sent));
  EXPECT_EQ(sent->ciphertext.size(), kem_ciphertext_size(GetParam()));
  EXPECT_EQ(sent->shared.size(), 32u);
  const auto received = decapsulate(key_, sent->ciphertext);
  ASSERT_TRUE(succeeded(received));
  EXPECT_EQ(revealed(*received), revealed(sent->shared));
  const auto again = encapsulate(key_.public_key());
  ASSERT_TRUE(succeeded(again));
  EXPECT_NE(again->ciphertext, sent->ciphertext);
  EXPECT_NE(revealed(again->shared), revealed(sent->shared));
}

TEST_P(Kem, AnAlteredCiphertextGivesAnotherSecretEveryTime) {
  const auto sent = encapsulate(key_.public_key());
  ASSERT_TRUE(succeeded(sent));
  for (std::size_t at = 0; at < sent->ciphertext.size(); at += 97) {
    Bytes changed = sent->ciphertext;
    changed[at] ^= 1;
    const auto rejected = decapsulate(key_, changed);
    ASSERT_TRUE(succeeded(rejected));
    EXPECT_NE(revealed(*rejected), revealed(sent->shared)) << at;
    EXPECT_EQ(revealed(*rejected), revealed(decapsulate(key_, changed).value())) << at;
  }
}

TEST_P(Kem, SizesThatDoNotFit) {
  const std::size_t size = kem_ciphertext_size(GetParam());
  for (const std::size_t wrong : {std::size_t{0}, size - 1, size + 1, 1088 + 1568 - size}) {
    EXPECT_TRUE(failed(decapsulate(key_, Bytes(wrong)), ErrorCode::malformed,
                       " ciphertext has " + std::to_string(size) + " bytes, and " + std::to_string(wrong)));
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(KemKeys, OfOtherAlgorithmsAreNamed) {
  for (const auto algorithm : {KeyAlgorithm::x25519, KeyAlgorithm::ml_dsa_65, KeyAlgorithm::rsa_2048}) {
    const auto& key = test_key(algorithm);
    const std::string words = std::string(row_of(algorithm).name) + " keys cannot encapsulate";
    EXPECT_TRUE(failed(encapsulate(key.public_key()), ErrorCode::usage, words));
    EXPECT_TRUE(failed(decapsulate(key, Bytes(1088)), ErrorCode::usage, words));
  }
}

/// ML-KEM.Encaps_internal: encapsulation with given randomness, which only vectors need.
Encapsulation encapsulate_with(const PublicKey& to, ByteView randomness) {
  const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), to.handle().pkey.get(), nullptr));
  const std::array params{openssl::octets(OSSL_KEM_PARAM_IKME, randomness), OSSL_PARAM_construct_end()};
  Encapsulation result{Bytes(kem_ciphertext_size(to.algorithm())), SecretBytes(32)};
  std::size_t size = result.ciphertext.size();
  std::size_t shared_size = 32;
  EXPECT_EQ(EVP_PKEY_encapsulate_init(ctx.get(), params.data()), 1);
  EXPECT_EQ(EVP_PKEY_encapsulate(ctx.get(), result.ciphertext.data(), &size,
                                 result.shared.expose_mutable(SecretAccess{}).data(), &shared_size),
            1);
  return result;
}

Bytes raw_private_key(const PrivateKey& key) {
  Bytes bytes(4000);
  std::size_t size = bytes.size();
  EXPECT_EQ(EVP_PKEY_get_raw_private_key(key.public_key().handle().pkey.get(), bytes.data(), &size), 1);
  bytes.resize(size);
  return bytes;
}

void accumulate(KeyAlgorithm algorithm, bool with_private, Shake128& inputs, Shake128& results) {
  const auto key = PrivateKey::derive(algorithm, secret(inputs.squeeze(64)));
  ASSERT_TRUE(succeeded(key));
  results.absorb(openssl::raw_public_key(key->public_key().handle().pkey.get()).value());
  if (with_private) results.absorb(raw_private_key(*key));
  const auto sent = encapsulate_with(key->public_key(), inputs.squeeze(32));
  results.absorb(sent.ciphertext);
  results.absorb(revealed(sent.shared));
  EXPECT_EQ(revealed(decapsulate(*key, sent.ciphertext).value()), revealed(sent.shared));
  const auto rejected = decapsulate(*key, inputs.squeeze(kem_ciphertext_size(algorithm)));
  ASSERT_TRUE(succeeded(rejected));
  results.absorb(revealed(*rejected));
}

TEST(KemVectors, Accumulated) {
  for (const Json& row : test::published_cases("ml_kem")) {
    Shake128 inputs;
    Shake128 results;
    const auto algorithm = find_key_algorithm(test::text(row["algorithm"])).value();
    for (int i = 0; i < row["count"].get<int>(); ++i) {
      accumulate(algorithm, row["with_private"].get<bool>(), inputs, results);
    }
    EXPECT_EQ(to_hex(results.squeeze(32)), test::text(row["accumulated"])) << row;
  }
}

}  // namespace
}  // namespace holdfast::crypto
