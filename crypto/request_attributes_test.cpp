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

TEST(RequestAttributes, NameOtherAlgorithmsAlone) {
  EXPECT_EQ(encoded({KeyAlgorithm::ml_dsa_65, KeyAlgorithm::ed25519}), "3010060960864801650304031206032b6570");
}

// P-384's OID is the shorter one, and so comes first in a DER set.
TEST(RequestAttributes, PutOneFamilyInOneAttributeWhereItsFirstStands) {
  EXPECT_EQ(encoded({KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ed25519, KeyAlgorithm::ecdsa_p384}),
            "3023301c06072a8648ce3d0201311106052b8104002206082a8648ce3d03010706032b6570");
}

TEST(RequestAttributes, AreForKeysThatSign) {
  const auto result = encode_request_attributes(std::vector{KeyAlgorithm::x25519});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::usage);
}

}  // namespace
}  // namespace holdfast::crypto
