#include "crypto/ecdsa_numbers.hpp"

#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;

Bytes bytes(std::string_view hex) { return parse_hex(hex).value(); }

TEST(EcdsaNumbers, AreAsLongAsTheOrder) {
  const auto numbers = parse_ecdsa_signature(KeyAlgorithm::ecdsa_p256, bytes("3007020105020200ff"));
  ASSERT_TRUE(numbers.ok());
  EXPECT_EQ(to_hex(numbers->r), std::string(62, '0') + "05");
  EXPECT_EQ(to_hex(numbers->s), std::string(62, '0') + "ff");
  EXPECT_EQ(parse_ecdsa_signature(KeyAlgorithm::ecdsa_p384, bytes("3006020105020106")).value().r.size(), 48U);
  EXPECT_EQ(parse_ecdsa_signature(KeyAlgorithm::ecdsa_p521, bytes("3006020105020106")).value().s.size(), 66U);
}

TEST(EcdsaNumbers, AreRefusedInAnyOtherForm) {
  const std::string_view bad[] = {
      "",                    // nothing
      "300602010502010600",  // a byte behind it
      "3006020105020186",    // a negative number
      "30060201050201",      // cut off
      "0420",                // something else
  };
  for (const auto hex : bad) {
    EXPECT_TRUE(
        failed(parse_ecdsa_signature(KeyAlgorithm::ecdsa_p256, bytes(hex)), ErrorCode::malformed, "no ECDSA signature"))
        << hex;
  }
  const auto large = bytes("3026022101" + std::string(64, '0') + "020105");
  EXPECT_TRUE(
      failed(parse_ecdsa_signature(KeyAlgorithm::ecdsa_p256, large), ErrorCode::malformed, "no ECDSA signature"));
  EXPECT_TRUE(parse_ecdsa_signature(KeyAlgorithm::ecdsa_p384, large).ok());
  EXPECT_TRUE(
      failed(parse_ecdsa_signature(KeyAlgorithm::rsa_2048, large), ErrorCode::usage, "not made of two numbers"));
}

}  // namespace
}  // namespace holdfast::crypto
