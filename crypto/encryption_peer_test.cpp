// The openssl command as judge of agreement and encryption: each side reads what the other made.
#include "crypto/kem.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/rsa_oaep.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;
using test::test_key;

class EncryptionPeer : public testing::TestWithParam<KeyRow> {
 protected:
  void SetUp() override {
    test::write(folder_ / "key", revealed(key_.to_pkcs8().value()));
    test::write(folder_ / "public", as_bytes(key_.public_key().to_pem().value()));
  }

  void run(const std::string& arguments) {
    ASSERT_TRUE(test::openssl_command(folder_, arguments)) << arguments << "\n" << test::output_of(folder_);
  }
  Bytes content_of(const std::string& name) { return test::content_of(folder_ / name); }

  void agree_both_ways() {
    const auto other = PrivateKey::generate(GetParam().algorithm).value();
    test::write(folder_ / "other", revealed(other.to_pkcs8().value()));
    test::write(folder_ / "other.public", as_bytes(other.public_key().to_pem().value()));
    run("pkeyutl -derive -inkey key -peerkey other.public -out one");
    run("pkeyutl -derive -inkey other -peerkey public -out two");
    const auto shared = agree(key_, other.public_key());
    ASSERT_TRUE(succeeded(shared));
    EXPECT_EQ(to_hex(content_of("one")), to_hex(revealed(*shared)));
    EXPECT_EQ(to_hex(content_of("two")), to_hex(revealed(*shared)));
  }

  void encapsulate_both_ways() {
    const auto sent = encapsulate(key_.public_key());
    ASSERT_TRUE(succeeded(sent));
    test::write(folder_ / "ours", sent->ciphertext);
    run("pkeyutl -decap -inkey key -in ours -secret secret");
    EXPECT_EQ(to_hex(content_of("secret")), to_hex(revealed(sent->shared)));
    run("pkeyutl -encap -pubin -inkey public -out theirs -secret secret");
    const auto received = decapsulate(key_, content_of("theirs"));
    ASSERT_TRUE(succeeded(received));
    EXPECT_EQ(to_hex(content_of("secret")), to_hex(revealed(*received)));
  }

  void encrypt_both_ways(const OaepScheme& scheme) {
    const std::string hash(name_of(scheme.hash));
    const std::string options = " -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:" + hash +
                                (scheme.label.empty() ? "" : " -pkeyopt rsa_oaep_label:" + to_hex(scheme.label));
    const Bytes plaintext = pattern(oaep_capacity(GetParam().algorithm, scheme.hash));
    const auto ciphertext = oaep_encrypt(key_.public_key(), scheme, secret(plaintext));
    ASSERT_TRUE(succeeded(ciphertext));
    test::write(folder_ / "ours", *ciphertext);
    run("pkeyutl -decrypt -inkey key -in ours -out plain" + options);
    EXPECT_EQ(content_of("plain"), plaintext) << options;
    run("pkeyutl -encrypt -pubin -inkey public -in plain -out theirs" + options);
    const auto opened = oaep_decrypt(key_, scheme, content_of("theirs"));
    ASSERT_TRUE(succeeded(opened)) << options;
    EXPECT_EQ(revealed(*opened), plaintext);
  }

  const PrivateKey& key_ = test_key(GetParam().algorithm);
  holdfast::test::TemporaryFolder folder_;
};

std::vector<KeyRow> rows() {
  std::vector<KeyRow> rows;
  for (const KeyRow& row : key_algorithms()) {
    const bool judged = can(row, KeyUse::derive) || row.family == Family::ml_kem || row.family == Family::rsa;
    // Every RSA size would only repeat the same: the smallest and the largest tell.
    if (judged && row.algorithm != KeyAlgorithm::rsa_3072 && row.algorithm != KeyAlgorithm::rsa_4096)
      rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Table, EncryptionPeer, testing::ValuesIn(rows()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(EncryptionPeer, EachReadsWhatTheOtherMade) {
  if (can(GetParam(), KeyUse::derive)) agree_both_ways();
  if (GetParam().family == Family::ml_kem) encapsulate_both_ways();
  if (GetParam().family != Family::rsa) return;
  for (const auto hash : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    encrypt_both_ways({.hash = hash});
    encrypt_both_ways({.hash = hash, .label = pattern(20)});
  }
}

}  // namespace
}  // namespace holdfast::crypto
