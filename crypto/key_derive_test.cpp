// Keys from uniformly random bytes, against independent computations of the same.
#include <algorithm>

#include "crypto/signature.hpp"
#include "crypto/test_shake.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::hex;
using test::hex_secret;
using test::pattern;
using test::secret;
using test::Shake128;
using test::succeeded;

KeyAlgorithm algorithm_in(const Json& row) { return find_key_algorithm(row["algorithm"].get<std::string>()).value(); }

/// The key bytes at the end of a SubjectPublicKeyInfo.
Bytes key_bytes(const PublicKey& key, std::size_t size) {
  const Bytes der = key.to_der().value();
  return {der.end() - static_cast<std::ptrdiff_t>(size), der.end()};
}

TEST(Derive, EcdsaVectors) {
  for (const Json& row : test::computed_cases("ecdsa_derive.json")) {
    const auto key = PrivateKey::derive(algorithm_in(row), hex_secret(row["uniform"]));
    ASSERT_TRUE(succeeded(key)) << row;
    const Bytes point = hex(row["point"]);
    EXPECT_EQ(to_hex(key_bytes(key->public_key(), point.size())), to_hex(point));
    const Bytes pkcs8 = test::revealed(key->to_pkcs8().value());
    EXPECT_FALSE(std::ranges::search(pkcs8, hex(row["private"])).empty()) << row;
  }
}

TEST(Derive, EcdsaDeterministicSignatures) {
  for (const Json& row : test::computed_cases("ecdsa_deterministic.json")) {
    const auto key = PrivateKey::derive(algorithm_in(row), hex_secret(row["uniform"]));
    ASSERT_TRUE(succeeded(key));
    const SignatureScheme scheme{.hash = find_hash(row["hash"].get<std::string>()), .rsa = {}, .context = {}};
    const auto signature =
        sign_message(*key, scheme, as_bytes(row["message"].get<std::string>()), Randomness::deterministic);
    ASSERT_TRUE(succeeded(signature));
    EXPECT_EQ(to_hex(*signature), test::text(row["signature"])) << row;
  }
}

TEST(Derive, Ed25519Vectors) {
  for (const Json& row : test::published_cases("ed25519")) {
    const auto key = PrivateKey::derive(KeyAlgorithm::ed25519, hex_secret(row["seed"]));
    ASSERT_TRUE(succeeded(key));
    EXPECT_EQ(to_hex(key_bytes(key->public_key(), 32)), test::text(row["public"]));
    EXPECT_EQ(to_hex(sign_message(*key, {}, hex(row["message"])).value()), test::text(row["signature"]));
  }
}

TEST(Derive, MlDsaKeyGenerationVectors) {
  for (const Json& row : test::published_cases("ml_dsa_keygen")) {
    const auto key = PrivateKey::derive(algorithm_in(row), hex_secret(row["seed"]));
    ASSERT_TRUE(succeeded(key));
    const std::string bytes = to_hex(key_bytes(key->public_key(), 1312));
    EXPECT_TRUE(bytes.starts_with(row["first"].get<std::string>()));
    EXPECT_TRUE(bytes.ends_with(row["last"].get<std::string>()));
  }
}

TEST(Derive, MlDsaAccumulatedVectors) {
  constexpr std::size_t kHeader = 22;  // of a SubjectPublicKeyInfo around an ML-DSA key
  for (const Json& row : test::published_cases("ml_dsa")) {
    Shake128 seeds;
    Shake128 results;
    for (int i = 0; i < row["count"].get<int>(); ++i) {
      const auto key = PrivateKey::derive(algorithm_in(row), secret(seeds.squeeze(32)));
      ASSERT_TRUE(succeeded(key));
      const auto signature = sign_message(*key, {}, {}, Randomness::deterministic);
      ASSERT_TRUE(succeeded(signature));
      EXPECT_EQ(verify_message(key->public_key(), {}, {}, *signature).value(), Verdict::valid);
      results.absorb(ByteView(key->public_key().to_der().value()).subspan(kHeader));
      results.absorb(*signature);
    }
    EXPECT_EQ(to_hex(results.squeeze(32)), test::text(row["accumulated"])) << row;
  }
}

TEST(Derive, MlDsaAgreesWithTheOpensslCommand) {
  for (const auto algorithm : {KeyAlgorithm::ml_dsa_44, KeyAlgorithm::ml_dsa_65, KeyAlgorithm::ml_dsa_87}) {
    const holdfast::test::TemporaryFolder folder;
    ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm " + std::string(row_of(algorithm).openssl_name) +
                                                  " -pkeyopt hexseed:" + to_hex(pattern(32)) +
                                                  " -outform DER -out key.der"))
        << test::output_of(folder);
    EXPECT_EQ(to_hex(test::content_of(folder / "key.der")),
              to_hex(test::revealed(test::test_key(algorithm).to_pkcs8().value())));
  }
}

TEST(Derive, ChecksTheSizeOfItsInput) {
  for (const KeyRow& row : signature_suites()) {
    for (const std::size_t size : {std::size_t{0}, row.derivation_size - 1, row.derivation_size + 1}) {
      EXPECT_TRUE(failed(PrivateKey::derive(row.algorithm, secret(pattern(size))), ErrorCode::usage,
                         "are derived from " + std::to_string(row.derivation_size) + " bytes, and " +
                             std::to_string(size) + " were given"));
    }
  }
}

TEST(Derive, RefusesKeysThatAreNoPairs) {
  for (const auto algorithm : {KeyAlgorithm::aes_256, KeyAlgorithm::x25519_ml_kem_768}) {
    const KeyRow& row = row_of(algorithm);
    EXPECT_TRUE(failed(PrivateKey::derive(algorithm, secret(pattern(row.derivation_size))), ErrorCode::usage,
                       "no " + std::string(row.name) + " key pair can be derived"));
  }
}

TEST(Derive, SameBytesSameKeyOtherBytesOtherKey) {
  for (const KeyRow& row : signature_suites()) {
    if (row.family == Family::rsa) continue;  // slow; rsa_derive_test.cpp
    Bytes uniform = pattern(row.derivation_size);
    const Bytes first = PrivateKey::derive(row.algorithm, secret(uniform)).value().public_key().to_der().value();
    EXPECT_EQ(PrivateKey::derive(row.algorithm, secret(uniform)).value().public_key().to_der().value(), first);
    uniform[0] ^= 1;
    EXPECT_NE(PrivateKey::derive(row.algorithm, secret(uniform)).value().public_key().to_der().value(), first);
  }
}

}  // namespace
}  // namespace holdfast::crypto
