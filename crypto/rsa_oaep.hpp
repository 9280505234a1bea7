// RSA encryption of short secrets: RSAES-OAEP (RFC 8017, 7.1).
#pragma once

#include "crypto/key_pair.hpp"

namespace holdfast::crypto {

/// What both sides must agree on, beside the key.
struct OaepScheme {
  HashAlgorithm hash = HashAlgorithm::sha256;  ///< of the label, and inside MGF1
  Bytes label = {};                            // NOLINT(readability-redundant-member-init): may be left out
};

/// How many bytes one ciphertext can hold: the modulus less two digests and two. 0 for keys that are not RSA.
[[nodiscard]] std::size_t oaep_capacity(KeyAlgorithm algorithm, HashAlgorithm hash);

/// The ciphertext, as long as the modulus. ErrorCode::usage for keys that are not RSA, and for more than fits.
[[nodiscard]] Result<Bytes> oaep_encrypt(const PublicKey& to, const OaepScheme& scheme, const SecretBytes& plaintext);

/// The plaintext. Whatever is wrong with a ciphertext of the right size, whichever step found it and whatever the
/// scheme was, is one and the same ErrorCode::malformed, since telling failures apart would open a way to decrypt
/// (Manger's attack). A size that does not fit the key is ErrorCode::malformed and says so; keys that are not RSA are
/// ErrorCode::usage.
[[nodiscard]] Result<SecretBytes> oaep_decrypt(const PrivateKey& own, const OaepScheme& scheme, ByteView ciphertext);

}  // namespace holdfast::crypto
