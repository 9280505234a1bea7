// Key agreement: two key pairs come to one secret. ECDH and X25519.
#pragma once

#include "crypto/key_pair.hpp"

namespace holdfast::crypto {

/// The secret that the owners of both private keys compute, each from the other's public key. On P-256, P-384 and
/// P-521 the x-coordinate of the shared point, 32, 48 or 66 bytes (NIST SP 800-56A, 5.7.1.2; the cofactor is 1);
/// for X25519 the 32 bytes of RFC 7748. It is not uniformly random: derive keys from it, by hkdf.
///
/// ErrorCode::usage, naming both, for algorithms that differ or that cannot agree; ErrorCode::malformed for an X25519
/// point of small order, with which the secret would be zero whatever the own key is (RFC 7748, 6.1).
[[nodiscard]] Result<SecretBytes> agree(const PrivateKey& own, const PublicKey& peer);

}  // namespace holdfast::crypto
