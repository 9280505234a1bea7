// Who signs certificates and requests, wherever the private key is: in this process, in a token, in another service.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"

#include <functional>
#include <optional>

namespace holdfast::crypto {

/// As thread-safe as `sign` is.
struct CertificateSigner {
  PublicKey key;
  /// The signature over these bytes, made with the private half of `key`: RSA PKCS #1 v1.5 or ECDSA (DER) with `hash`;
  /// Ed25519 and ML-DSA (FIPS 204, without context) as they are. `sign_message(key, {}, bytes)` is one such function.
  std::function<Result<Bytes>(ByteView to_be_signed)> sign;
  std::optional<HashAlgorithm> hash = std::nullopt;  ///< the row's default where absent; not for Ed25519 and ML-DSA
};

/// A signer whose private key is here. `key` is borrowed and must outlive it.
[[nodiscard]] CertificateSigner signer_with(const PrivateKey& key);

}  // namespace holdfast::crypto
