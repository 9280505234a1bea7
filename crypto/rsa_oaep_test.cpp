#include "crypto/rsa_oaep.hpp"

#include <openssl/err.h>

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;
using test::test_key;

constexpr auto kHashes = std::to_array({HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512});
constexpr std::string_view kOneMessage = "the ciphertext does not decrypt: it was altered, or belongs to another key";

const PrivateKey& key() { return test_key(KeyAlgorithm::rsa_2048); }

Bytes encrypted(ByteView plaintext, const OaepScheme& scheme = {}) {
  auto ciphertext = oaep_encrypt(key().public_key(), scheme, secret(plaintext));
  EXPECT_TRUE(succeeded(ciphertext));
  return ciphertext.ok() ? std::move(ciphertext).value() : Bytes();
}

TEST(RsaOaep, RoundTripsEverySizeThatFits) {
  for (const auto hash : kHashes) {
    const std::size_t most = oaep_capacity(KeyAlgorithm::rsa_2048, hash);
    EXPECT_EQ(most, 256 - 2 * digest_size(hash) - 2);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{32}, most}) {
      for (const Bytes& label : {Bytes(), pattern(100)}) {
        const OaepScheme scheme{hash, label};
        const auto opened = oaep_decrypt(key(), scheme, encrypted(pattern(size), scheme));
        ASSERT_TRUE(succeeded(opened)) << name_of(hash) << ' ' << size;
        EXPECT_EQ(revealed(*opened), pattern(size));
      }
    }
  }
  EXPECT_NE(encrypted(pattern(32)), encrypted(pattern(32)));
}

TEST(RsaOaep, EveryFailureIsTheSame) {
  const Bytes good = encrypted(pattern(32), {.label = pattern(5)});
  const auto expect_refused = [](const PrivateKey& own, const OaepScheme& scheme, ByteView ciphertext) {
    const auto opened = oaep_decrypt(own, scheme, ciphertext);
    EXPECT_TRUE(failed(opened, ErrorCode::malformed, kOneMessage));
  };
  expect_refused(key(), {}, good);
  expect_refused(key(), {.label = pattern(6)}, good);
  expect_refused(key(), {HashAlgorithm::sha512, pattern(5)}, good);
  expect_refused(PrivateKey::generate(KeyAlgorithm::rsa_2048).value(), {.label = pattern(5)}, good);
  for (std::size_t at = 0; at < good.size(); at += 15) {
    Bytes changed = good;
    changed[at] ^= 1;
    expect_refused(key(), {.label = pattern(5)}, changed);
  }
  expect_refused(key(), {}, Bytes(256, 0));
  expect_refused(key(), {}, Bytes(256, 0xff));  // not below the modulus
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(RsaOaep, SaysHowMuchFits) {
  EXPECT_TRUE(failed(oaep_encrypt(key().public_key(), {}, secret(pattern(191))), ErrorCode::usage,
                     "rsa-2048 with sha256 encrypts at most 190 bytes, and 191 were given"));
  EXPECT_TRUE(failed(oaep_encrypt(key().public_key(), {.hash = HashAlgorithm::sha512}, secret(pattern(127))),
                     ErrorCode::usage, "at most 126 bytes"));
  for (const std::size_t size : {0, 255, 257}) {
    EXPECT_TRUE(failed(oaep_decrypt(key(), {}, Bytes(size)), ErrorCode::malformed,
                       "ciphertext has 256 bytes, and " + std::to_string(size) + " were given"));
  }
}

TEST(RsaOaep, IsForRsaKeys) {
  const auto& other = test_key(KeyAlgorithm::ecdsa_p256);
  EXPECT_EQ(oaep_capacity(KeyAlgorithm::ecdsa_p256, HashAlgorithm::sha256), 0u);
  EXPECT_TRUE(failed(oaep_encrypt(other.public_key(), {}, secret(pattern(1))), ErrorCode::usage, "use an RSA key"));
  EXPECT_TRUE(failed(oaep_decrypt(other, {}, Bytes(256)), ErrorCode::usage, "ecdsa-p256 keys cannot"));
}

}  // namespace
}  // namespace holdfast::crypto
