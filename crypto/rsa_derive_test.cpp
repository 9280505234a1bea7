// Derived RSA keys (docs/formats/derived-rsa.md), against an independent computation and the openssl command.
#include <openssl/core_names.h>

#include "crypto/key_handle.hpp"
#include "crypto/prime_search.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::hex_secret;
using test::pattern;
using test::secret;
using test::succeeded;

std::string number_of(const PrivateKey& key, const char* name) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key.public_key().handle().pkey.get(), name, &number), 1);
  const openssl::Bignum owner(number);
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  return to_hex(bytes);
}

void expect_vector(const PrivateKey& key, const Json& row) {
  EXPECT_EQ(number_of(key, OSSL_PKEY_PARAM_RSA_N), test::text(row["n"]));
  EXPECT_EQ(number_of(key, OSSL_PKEY_PARAM_RSA_E), "010001");
  EXPECT_EQ(number_of(key, OSSL_PKEY_PARAM_RSA_D), test::text(row["d"]));
  EXPECT_EQ(number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR1), test::text(row["p"]));
  EXPECT_EQ(number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR2), test::text(row["q"]));
  EXPECT_EQ(to_hex(key.public_key().fingerprint().value()), test::text(row["public_sha256"]));
}

// The smallest size with every seed, others once; 8192 bits would take seconds, and much longer under sanitizers.
TEST(DeriveRsa, Vectors) {
  std::map<std::string, int> done;
  for (const Json& row : test::computed_cases("rsa_derive.json")) {
    const KeyRow& kind = row_of(find_key_algorithm(test::text(row["algorithm"])).value());
    if (kind.modulus_bits > 4096 || (kind.modulus_bits > 2048 && done[std::string(kind.name)] > 0)) continue;
    const auto key = PrivateKey::derive(kind.algorithm, hex_secret(row["seed"]));
    ASSERT_TRUE(succeeded(key)) << row["algorithm"];
    expect_vector(*key, row);
    ++done[std::string(kind.name)];
  }
  EXPECT_EQ(done.size(), 3U);
}

const PrivateKey& derived_key() {
  static const PrivateKey kKey = PrivateKey::derive(KeyAlgorithm::rsa_2048, secret(pattern(64))).value();
  return kKey;
}

TEST(DeriveRsa, OtherBytesGiveAnotherKeyAndProgressIsReported) {
  int calls = 0;
  Bytes seed = pattern(64);
  seed[63] ^= 1;
  const auto key = PrivateKey::derive(KeyAlgorithm::rsa_2048, secret(seed), [&calls] { ++calls; });
  ASSERT_TRUE(succeeded(key));
  EXPECT_NE(key->public_key().to_der().value(), derived_key().public_key().to_der().value());
  EXPECT_GE(calls, 2);
}

TEST(DeriveRsa, PrimesMustNotBeClose) {
  const openssl::Bignum p(BN_new());
  const openssl::Bignum q(BN_new());
  ASSERT_EQ(BN_set_bit(p.get(), 1023) + BN_set_bit(q.get(), 1023) + BN_set_bit(q.get(), 924), 3);
  for (const bool far : {false, true}) {
    EXPECT_EQ(far_apart(p.get(), q.get(), 1024).value(), far);
    EXPECT_EQ(far_apart(q.get(), p.get(), 1024).value(), far);
    BN_add_word(q.get(), 1);
  }
}

TEST(DeriveRsa, OpensslFindsNothingWrong) {
  const holdfast::test::TemporaryFolder folder;
  test::write(folder / "key.der", test::revealed(derived_key().to_pkcs8().value()));
  for (const std::string command : {"rsa -check -noout", "pkey -check -pubcheck -noout"}) {
    EXPECT_TRUE(test::openssl_command(folder, command + " -inform DER -in key.der")) << test::output_of(folder);
  }
  EXPECT_TRUE(succeeded(PrivateKey::parse_pkcs8(derived_key().to_pkcs8().value())));
}

TEST(DeriveRsa, Signs) {
  const SignatureScheme scheme{.hash = HashAlgorithm::sha256, .rsa = {}, .context = {}};
  const auto message = as_bytes("message");
  const auto signature = sign_message(derived_key(), scheme, message);
  ASSERT_TRUE(succeeded(signature));
  EXPECT_EQ(verify_message(derived_key().public_key(), scheme, message, *signature).value(), Verdict::valid);
}

}  // namespace
}  // namespace holdfast::crypto
