// Every row of the suites table, walked through all that a key can do.
#include "crypto/key_pair.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <set>

#include "crypto/hash.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;

class Suites : public testing::TestWithParam<KeyRow> {};

INSTANTIATE_TEST_SUITE_P(Table, Suites, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(Suites, NamesFindTheirRow) {
  const KeyRow& row = GetParam();
  EXPECT_EQ(find_key_algorithm(row.name), row.algorithm);
  EXPECT_EQ(row_of(row.algorithm).name, row.name);
  EXPECT_THAT(list_key_algorithms(), testing::HasSubstr(row.name));
  EXPECT_EQ(row.default_hash.has_value(), row.family == Family::rsa || row.family == Family::ecdsa);
  EXPECT_EQ(row.modulus_bits != 0, row.family == Family::rsa);
}

TEST_P(Suites, GeneratesSignsVerifies) {
  const KeyRow& row = GetParam();
  if (row.algorithm == KeyAlgorithm::rsa_8192) return;  // ten seconds and more; the same code as its sisters
  int calls = 0;
  const auto key = PrivateKey::generate(row.algorithm, [&calls] { ++calls; });
  ASSERT_TRUE(succeeded(key));
  EXPECT_EQ(key->algorithm(), row.algorithm);
  EXPECT_EQ(calls > 0, row.family == Family::rsa);
  const auto signature = sign_message(*key, {}, as_bytes("message"));
  ASSERT_TRUE(succeeded(signature));
  EXPECT_EQ(verify_message(key->public_key(), {}, as_bytes("message"), *signature).value(), Verdict::valid);
  EXPECT_EQ(verify_message(key->public_key(), {}, as_bytes("massage"), *signature).value(), Verdict::invalid);
}

TEST_P(Suites, PublicKeyRoundTripsThroughDerAndPem) {
  const PublicKey& key = test::test_key(GetParam().algorithm).public_key();
  const Bytes der = key.to_der().value();
  const std::string pem = key.to_pem().value();
  EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n")) << pem;
  for (const ByteView form : {ByteView(der), as_bytes(pem)}) {
    const auto again = PublicKey::parse(form);
    ASSERT_TRUE(succeeded(again));
    EXPECT_EQ(again->algorithm(), GetParam().algorithm);
    EXPECT_EQ(again->to_der().value(), der);
    EXPECT_EQ(again->fingerprint().value(), hash(HashAlgorithm::sha256, {der}).value());
  }
}

TEST_P(Suites, PublicKeyIsWhatTheOpensslCommandWrites) {
  const holdfast::test::TemporaryFolder folder;
  const PrivateKey& key = test::test_key(GetParam().algorithm);
  test::write(folder / "key.der", revealed(key.to_pkcs8().value()));
  ASSERT_TRUE(test::openssl_command(folder, "pkey -in key.der -pubout -out key.pub")) << test::output_of(folder);
  EXPECT_EQ(as_text(test::content_of(folder / "key.pub")), key.public_key().to_pem().value());
}

TEST_P(Suites, ParsesWhatTheOpensslCommandGenerates) {
  const KeyRow& row = GetParam();
  if (row.algorithm == KeyAlgorithm::rsa_8192) return;  // its test key was made by that command
  const holdfast::test::TemporaryFolder folder;
  std::string options = "-algorithm " + std::string(row.openssl_name);
  if (row.family == Family::rsa) options += " -pkeyopt rsa_keygen_bits:" + std::to_string(row.modulus_bits);
  if (row.family == Family::ecdsa) options += " -pkeyopt group:" + std::string(row.openssl_group);
  ASSERT_TRUE(test::openssl_command(folder, "genpkey " + options + " -out key.pem")) << test::output_of(folder);
  ASSERT_TRUE(test::openssl_command(folder, "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der"));
  const auto key = PrivateKey::parse_pkcs8(secret(test::content_of(folder / "key.der")));
  ASSERT_TRUE(succeeded(key));
  EXPECT_EQ(key->algorithm(), row.algorithm);
  EXPECT_EQ(revealed(key->to_pkcs8().value()), test::content_of(folder / "key.der"));
}

TEST_P(Suites, PrivateKeyRoundTripsThroughPkcs8) {
  const PrivateKey& key = test::test_key(GetParam().algorithm);
  const auto der = key.to_pkcs8();
  ASSERT_TRUE(succeeded(der));
  for (const PairCheck check : {PairCheck::tried, PairCheck::none}) {
    const auto again = PrivateKey::parse_pkcs8(*der, check);
    ASSERT_TRUE(succeeded(again));
    EXPECT_EQ(again->public_key().to_der().value(), key.public_key().to_der().value());
    EXPECT_EQ(revealed(again->to_pkcs8().value()), revealed(*der)) << "ML-DSA keys must keep their seed";
    const auto signature = sign_message(*again, {}, as_bytes("message"));
    ASSERT_TRUE(succeeded(signature));
    EXPECT_EQ(verify_message(key.public_key(), {}, as_bytes("message"), *signature).value(), Verdict::valid);
  }
}

TEST_P(Suites, TruncatedAndAlteredFormsNeverCrash) {
  const PrivateKey& key = test::test_key(GetParam().algorithm);
  const Bytes spki = key.public_key().to_der().value();
  const Bytes pkcs8 = revealed(key.to_pkcs8().value());
  for (std::size_t size = 0; size < spki.size(); size += 1 + size / 40) {
    EXPECT_FALSE(PublicKey::parse(ByteView(spki).first(size)).ok()) << size;
    EXPECT_FALSE(PrivateKey::parse_pkcs8(secret(ByteView(pkcs8).first(size))).ok()) << size;
  }
  // Where the altered bytes are still a key, it must be one that can be written.
  for (std::size_t i = 0; i < std::min<std::size_t>(spki.size(), 60); ++i) {
    Bytes altered = spki;
    altered[i] ^= 0x11;
    const auto parsed = PublicKey::parse(altered);
    EXPECT_TRUE(!parsed.ok() || parsed->to_der().ok()) << i;
  }
  EXPECT_EQ(ERR_peek_error(), 0u) << "OpenSSL's error queue was left full";
}

TEST(SuitesTable, NamesAndRowsAreUnique) {
  std::set<std::string_view> names;
  for (const KeyRow& row : signature_suites()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  EXPECT_EQ(names.size(), 11u);
  EXPECT_EQ(find_key_algorithm("rsa-1024"), std::nullopt);
  EXPECT_EQ(find_key_algorithm(""), std::nullopt);
  for (const auto algorithm : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    EXPECT_EQ(find_hash(name_of(algorithm)), algorithm);
  }
  EXPECT_EQ(find_hash("md5"), std::nullopt);
}

}  // namespace
}  // namespace holdfast::crypto
