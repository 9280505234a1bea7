#include "crypto/key_agreement.hpp"

#include <openssl/err.h>

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::hex;
using test::hex_secret;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;
using test::test_key;

PublicKey x25519_point(ByteView point) {
  Bytes der = parse_hex("302a300506032b656e032100").value();
  append(der, point);
  return PublicKey::parse(der).value();
}

TEST(KeyAgreement, Vectors) {
  for (const Json& row : test::computed_cases("key_agreement.json")) {
    const auto own =
        PrivateKey::derive(find_key_algorithm(test::text(row["algorithm"])).value(), hex_secret(row["uniform"]));
    const auto peer = PublicKey::parse(hex(row["peer"]));
    ASSERT_TRUE(succeeded(own) && succeeded(peer)) << row;
    const auto shared = agree(*own, *peer);
    ASSERT_TRUE(succeeded(shared)) << row;
    EXPECT_EQ(to_hex(revealed(*shared)), test::text(row["shared"])) << row;
  }
}

TEST(KeyAgreement, Rfc7748) {
  for (const Json& row : test::published_cases("x25519")) {
    const auto own = PrivateKey::derive(KeyAlgorithm::x25519, hex_secret(row["scalar"]));
    ASSERT_TRUE(succeeded(own));
    EXPECT_EQ(to_hex(revealed(agree(*own, x25519_point(hex(row["u"]))).value())), test::text(row["output"]));
  }
}

TEST(KeyAgreement, BothSidesComeToTheSameSecret) {
  for (const KeyRow& row : key_algorithms()) {
    if (!can(row, KeyUse::derive)) continue;
    const auto other = PrivateKey::generate(row.algorithm);
    ASSERT_TRUE(succeeded(other));
    const auto one_way = agree(test_key(row.algorithm), other->public_key());
    ASSERT_TRUE(succeeded(one_way)) << row.name;
    EXPECT_EQ(revealed(*one_way), revealed(agree(*other, test_key(row.algorithm).public_key()).value())) << row.name;
  }
}

TEST(KeyAgreement, RefusesPointsOfSmallOrder) {
  const auto& own = test_key(KeyAlgorithm::x25519);
  Bytes one(32, 0);
  one[0] = 1;
  for (const Bytes& point : {Bytes(32, 0), one, hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
                             hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
                             hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
                             hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")}) {
    EXPECT_TRUE(failed(agree(own, x25519_point(point)), ErrorCode::malformed, "small order")) << to_hex(point);
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(KeyAgreement, NamesKeysThatCannotAgree) {
  const auto expect_usage = [](KeyAlgorithm own, KeyAlgorithm peer, const std::string& words) {
    EXPECT_TRUE(failed(agree(test_key(own), test_key(peer).public_key()), ErrorCode::usage, words));
  };
  using enum KeyAlgorithm;
  expect_usage(ecdsa_p256, ecdsa_p384, "the own key is ecdsa-p256 and the peer's is ecdsa-p384");
  expect_usage(x25519, ecdsa_p256, "the own key is x25519 and the peer's is ecdsa-p256");
  expect_usage(ed25519, ed25519, "one of: ecdsa-p256, ecdsa-p384, ecdsa-p521, x25519");
  expect_usage(ml_kem_768, ml_kem_768, "the own key is ml-kem-768");
  expect_usage(x25519, rsa_2048, "the peer's is rsa-2048");
}

}  // namespace
}  // namespace holdfast::crypto
