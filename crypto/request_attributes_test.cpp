#include "crypto/request_attributes.hpp"

#include <gtest/gtest.h>

#include "core/encoding.hpp"

namespace holdfast::crypto {
namespace {

std::string encoded(std::vector<KeyAlgorithm> accepted) { return to_hex(encode_request_attributes(accepted).value()); }

TEST(RequestAttributes, AreEmptyWhereNothingIsSaid) { EXPECT_EQ(encoded({}), "3000"); }

// The example of one curve: an attribute of type id-ecPublicKey with the curve as its value.
TEST(RequestAttributes, NameACurve) {
  EXPECT_EQ(encoded({KeyAlgorithm::ecdsa_p256}), "3017301506072a8648ce3d0201310a06082a8648ce3d030107");
}

TEST(RequestAttributes, NameAnRsaKeysSize) {
  EXPECT_EQ(encoded({KeyAlgorithm::rsa_3072}), "3013301106092a864886f70d010101310402020c00");
}

// Nothing more is to be said of such a key, and the set of values is empty.
TEST(RequestAttributes, NameOtherAlgorithmsWithoutAValue) {
  EXPECT_EQ(encoded({KeyAlgorithm::ml_dsa_65}), "300f300d06096086480165030403123100");
  EXPECT_EQ(encoded({KeyAlgorithm::ed25519}), "3009300706032b65703100");
}

// Two attributes would have a client put both into its request.
TEST(RequestAttributes, AreEmptyWhereThereIsAChoice) {
  EXPECT_EQ(encoded({KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384}), "3000");
  EXPECT_EQ(encoded({KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ed25519, KeyAlgorithm::rsa_3072}), "3000");
}

TEST(RequestAttributes, AreForKeysThatSign) {
  const auto result = encode_request_attributes(std::vector{KeyAlgorithm::ed25519, KeyAlgorithm::x25519});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::usage);
}

}  // namespace
}  // namespace holdfast::crypto
