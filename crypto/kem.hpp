// Key encapsulation with ML-KEM (FIPS 203): a fresh secret for whoever has the private key.
#pragma once

#include "crypto/key_pair.hpp"

namespace holdfast::crypto {

/// What the sender has: `ciphertext` for the owner of the private key, and the secret that both will share.
struct Encapsulation {
  Bytes ciphertext;
  SecretBytes shared;  ///< 32 bytes
};

/// Bytes of a ciphertext for an ML-KEM key: 1088 for ML-KEM-768, 1568 for ML-KEM-1024; 0 for other algorithms.
[[nodiscard]] std::size_t kem_ciphertext_size(KeyAlgorithm algorithm);

/// A fresh shared secret and its encapsulation to `to`. ErrorCode::usage for keys that are not ML-KEM.
[[nodiscard]] Result<Encapsulation> encapsulate(const PublicKey& to);

/// The same secret again. A ciphertext that was altered or made for another key gives another secret, not an error
/// (FIPS 203, implicit rejection): only what is then done with the secret can tell. A size that does not fit is
/// ErrorCode::malformed, a key that is not ML-KEM ErrorCode::usage.
[[nodiscard]] Result<SecretBytes> decapsulate(const PrivateKey& own, ByteView ciphertext);

}  // namespace holdfast::crypto
