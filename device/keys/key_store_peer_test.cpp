// The openssl command verifies what keys of the store sign.
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using crypto::KeyAlgorithm;
using test::succeeded;

class PeerVerifies : public testing::TestWithParam<KeyAlgorithm> {};

TEST_P(PeerVerifies, ASignatureByALoadedKey) {
  const auto& row = crypto::row_of(GetParam());
  const test::TemporaryStore store;
  const auto record = store.create("device", GetParam());
  ASSERT_TRUE(succeeded(record));
  const auto key = test::load_pair(*store, *record);
  ASSERT_TRUE(succeeded(key));
  const auto message = as_bytes("what openssl shall verify");
  const auto signature = crypto::sign_message(*key, {}, message);
  ASSERT_TRUE(succeeded(signature));

  const test::TemporaryFolder folder;
  crypto::test::write(folder / "message", message);
  crypto::test::write(folder / "signature", *signature);
  crypto::test::write(folder / "public", record->half.public_key);
  const auto digest = row.default_hash ? " -digest " + std::string(crypto::name_of(*row.default_hash)) : "";
  EXPECT_TRUE(crypto::test::openssl_command(folder,
                                            "pkeyutl -verify -rawin -pubin -keyform DER -inkey public "
                                            "-in message -sigfile signature" +
                                                digest))
      << crypto::test::output_of(folder);
}

INSTANTIATE_TEST_SUITE_P(Families, PeerVerifies,
                         testing::Values(KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ed25519,
                                         KeyAlgorithm::ml_dsa_65),
                         [](const auto& row) { return crypto::test::test_name(crypto::row_of(row.param).name); });

}  // namespace
}  // namespace holdfast::keys
