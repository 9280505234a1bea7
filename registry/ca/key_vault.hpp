// Where an authority's private keys are.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"

#include <string_view>

namespace holdfast::ca {

/// Keeps private keys under names and signs with them; the program supplies one. Names are lower-case letters, digits
/// and dashes. Thread-safe: every function may be called by several threads at once.
class KeyVault {
 public:
  KeyVault() = default;
  KeyVault(const KeyVault&) = delete;
  KeyVault& operator=(const KeyVault&) = delete;
  virtual ~KeyVault() = default;

  /// A new random key that signs; it is stored for good when this returns. ErrorCode::refused where the name is taken,
  /// or the vault does not have the algorithm.
  [[nodiscard]] virtual Result<crypto::PublicKey> create(std::string_view name, crypto::KeyAlgorithm algorithm) = 0;

  /// ErrorCode::not_found where there is no such key.
  [[nodiscard]] virtual Result<crypto::PublicKey> public_key(std::string_view name) = 0;

  /// As crypto::sign_message without a scheme: with the hash of the algorithm's row, RSA by PKCS #1 v1.5, ECDSA as DER.
  [[nodiscard]] virtual Result<Bytes> sign(std::string_view name, ByteView message) = 0;
};

}  // namespace holdfast::ca
