// What the tests of files from outside share: a recipient, and short ways to encrypt to it and to decrypt.
#pragma once

#include "device/seal/outside.hpp"
#include "device/seal/test_support.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace holdfast::seal::test {

inline constexpr auto kKems = std::to_array(
    {crypto::KeyAlgorithm::x25519_ml_kem_768, crypto::KeyAlgorithm::ml_kem_768, crypto::KeyAlgorithm::ml_kem_1024});

/// The bytes from which the test recipient's keys are derived.
inline Bytes recipient_seed(crypto::KeyAlgorithm algorithm) {
  return Bytes(crypto::row_of(algorithm).derivation_size, 0x21);
}

inline crypto::ReceivingKey recipient(crypto::KeyAlgorithm algorithm = kKems[0]) {
  return crypto::ReceivingKey::derive(algorithm, SecretBytes::copy_of(recipient_seed(algorithm))).value();
}

inline crypto::ReceivingPublicKey recipient_public(crypto::KeyAlgorithm algorithm = kKems[0]) {
  return recipient(algorithm).public_key().value();
}

/// A device that has the test recipient's keys and no other.
inline Result<crypto::ReceivingKey> find_recipient(ByteView fingerprint, crypto::KeyAlgorithm algorithm) {
  static std::map<crypto::KeyAlgorithm, Bytes> fingerprints;  // computing them takes longer than all the rest
  auto& own = fingerprints[algorithm];
  if (own.empty()) own = recipient_public(algorithm).fingerprint().value();
  if (!std::ranges::equal(fingerprint, own)) {
    return Error(ErrorCode::not_found, "no such key");
  }
  return recipient(algorithm);
}

inline Bytes encrypt_or_fail(ByteView plaintext, const OutsideOptions& options = {},
                             crypto::KeyAlgorithm algorithm = kKems[0]) {
  auto encrypted = encrypt_bytes(recipient_public(algorithm), options, plaintext);
  EXPECT_TRUE(encrypted.ok()) << encrypted.error().describe();
  return encrypted.ok() ? std::move(encrypted).value() : Bytes();
}

inline Result<Bytes> decrypt(ByteView encrypted, const DecryptOptions& options = {}) {
  return decrypt_outside_bytes(find_recipient, options, encrypted);
}

/// Where the first chunk begins.
inline std::size_t outside_preamble_size_of(ByteView encrypted) {
  auto preamble = parse_outside_preamble(encrypted, "test");
  EXPECT_TRUE(preamble.ok());
  return preamble.ok() ? preamble->size : 0;
}

}  // namespace holdfast::seal::test
