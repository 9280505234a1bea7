#include "interfaces/tap/schemes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/encoding.hpp"

namespace holdfast::tap {
namespace {

using crypto::HashAlgorithm;
using crypto::InputKind;
using crypto::KeyAlgorithm;
using crypto::RsaScheme;

const Bytes kMessage(100, 7);

Answer<Signing> of_data(KeyAlgorithm algorithm, TAP_SIG_SCHEME scheme) {
  return choose_signing(algorithm, scheme, InputKind::message, kMessage);
}
Answer<Signing> of_digest(KeyAlgorithm algorithm, TAP_SIG_SCHEME scheme, const Bytes& digest) {
  return choose_signing(algorithm, scheme, InputKind::digest, digest);
}

struct Row {
  TAP_SIG_SCHEME scheme;
  RsaScheme rsa;
  HashAlgorithm hash;
};

TEST(Scheme, OfEachNumberIsForEveryRsaKey) {
  const std::vector<Row> table{
      {3, RsaScheme::pss, HashAlgorithm::sha256},    {5, RsaScheme::pkcs1, HashAlgorithm::sha256},
      {12, RsaScheme::pss, HashAlgorithm::sha384},   {13, RsaScheme::pss, HashAlgorithm::sha512},
      {14, RsaScheme::pkcs1, HashAlgorithm::sha384}, {15, RsaScheme::pkcs1, HashAlgorithm::sha512},
  };
  for (const auto& row : table) {
    for (const auto key :
         {KeyAlgorithm::rsa_2048, KeyAlgorithm::rsa_3072, KeyAlgorithm::rsa_4096, KeyAlgorithm::rsa_8192}) {
      const auto signing = of_data(key, row.scheme);
      ASSERT_TRUE(signing) << signing.error().text;
      EXPECT_EQ(signing->scheme.rsa, row.rsa);
      EXPECT_EQ(signing->scheme.hash, row.hash);
      EXPECT_EQ(signing->scheme.input, InputKind::message);
      EXPECT_EQ(signing->input.data(), kMessage.data());
    }
    EXPECT_EQ(of_data(KeyAlgorithm::ecdsa_p256, row.scheme).error().status, ERR_TAP_INVALID_SCHEME);
    EXPECT_EQ(of_data(KeyAlgorithm::ml_dsa_44, row.scheme).error().status, ERR_TAP_INVALID_SCHEME);
  }
}

TEST(Scheme, OfEachNumberIsForEveryCurve) {
  for (const auto key : {KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ecdsa_p521}) {
    EXPECT_EQ(of_data(key, 9)->scheme.hash, HashAlgorithm::sha256);
    EXPECT_EQ(of_data(key, 10)->scheme.hash, HashAlgorithm::sha384);
    EXPECT_EQ(of_data(key, 11)->scheme.hash, HashAlgorithm::sha512);
    EXPECT_EQ(of_data(key, 0).error().status, ERR_TAP_INVALID_SCHEME);
  }
}

TEST(Scheme, WithoutAHashIsDocumentedOrGoesBySize) {
  EXPECT_EQ(of_data(KeyAlgorithm::rsa_2048, 1)->scheme.hash, HashAlgorithm::sha256);
  EXPECT_EQ(of_data(KeyAlgorithm::rsa_3072, 16)->scheme.hash, HashAlgorithm::sha256);
  EXPECT_EQ(of_data(KeyAlgorithm::rsa_4096, 1)->scheme.hash, HashAlgorithm::sha512);
  EXPECT_EQ(of_data(KeyAlgorithm::rsa_8192, 6)->scheme.hash, HashAlgorithm::sha512);
  EXPECT_EQ(of_digest(KeyAlgorithm::rsa_2048, 1, Bytes(48))->scheme.hash, HashAlgorithm::sha384);
  EXPECT_EQ(of_digest(KeyAlgorithm::rsa_2048, 16, Bytes(64))->scheme.hash, HashAlgorithm::sha512);
  EXPECT_EQ(of_digest(KeyAlgorithm::rsa_2048, 1, Bytes(20)).error().status, ERR_TAP_INVALID_INPUT);
}

TEST(Scheme, TakesDigestsOfItsOwnSize) {
  EXPECT_TRUE(of_digest(KeyAlgorithm::ecdsa_p521, 9, Bytes(32)));
  for (const std::size_t size : {0U, 31U, 33U, 48U}) {
    EXPECT_EQ(of_digest(KeyAlgorithm::ecdsa_p521, 9, Bytes(size)).error().status, ERR_TAP_INVALID_INPUT);
  }
  EXPECT_EQ(of_digest(KeyAlgorithm::ml_dsa_65, 0, Bytes(32)).error().status, ERR_TAP_UNSUPPORTED);
  EXPECT_FALSE(of_data(KeyAlgorithm::ml_dsa_65, 0)->scheme.hash);
}

TEST(Scheme, ReadsADigestInfo) {
  auto info = parse_hex("3041300d060960864801650304020205000430").value();
  info.resize(info.size() + 48, 9);
  const auto signing = of_digest(KeyAlgorithm::rsa_2048, 6, info);
  ASSERT_TRUE(signing) << signing.error().text;
  EXPECT_EQ(signing->scheme.hash, HashAlgorithm::sha384);
  EXPECT_EQ(signing->input.size(), 48U);
  EXPECT_EQ(signing->input.data(), info.data() + 19);
  info.pop_back();
  EXPECT_EQ(of_digest(KeyAlgorithm::rsa_2048, 6, info).error().status, ERR_TAP_INVALID_INPUT);
  EXPECT_EQ(of_digest(KeyAlgorithm::rsa_2048, 6, Bytes(32)).error().status, ERR_TAP_INVALID_INPUT);
}

TEST(Scheme, WithAnOutdatedHashIsRefused) {
  for (const TAP_SIG_SCHEME scheme : {2U, 4U, 22U, 23U}) {
    EXPECT_EQ(of_data(KeyAlgorithm::rsa_2048, scheme).error().status, HOLDFAST_TAP_ERR_REFUSED) << scheme;
  }
  for (const TAP_SIG_SCHEME scheme : {7U, 8U}) {
    EXPECT_EQ(of_data(KeyAlgorithm::ecdsa_p256, scheme).error().status, HOLDFAST_TAP_ERR_REFUSED) << scheme;
  }
}

TEST(Scheme, OfAnotherNumberIsNone) {
  for (const TAP_SIG_SCHEME scheme : {17U, 21U, 24U, 0xffffffffU}) {
    EXPECT_EQ(check_scheme(KeyAlgorithm::rsa_2048, scheme).error().status, ERR_TAP_INVALID_SCHEME);
    EXPECT_EQ(of_data(KeyAlgorithm::rsa_2048, scheme).error().status, ERR_TAP_INVALID_SCHEME);
  }
}

TEST(Scheme, OfAKeyIsOneOfItsFamilyOrNone) {
  for (const auto key : {KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ml_dsa_44}) {
    EXPECT_TRUE(check_scheme(key, TAP_SIG_SCHEME_NONE));
    EXPECT_EQ(bool(check_scheme(key, TAP_SIG_SCHEME_PSS_SHA256)), key == KeyAlgorithm::rsa_2048);
    EXPECT_EQ(bool(check_scheme(key, TAP_SIG_SCHEME_ECDSA_SHA256)), key == KeyAlgorithm::ecdsa_p256);
  }
}

}  // namespace
}  // namespace holdfast::tap
