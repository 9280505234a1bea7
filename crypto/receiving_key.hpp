// Keys to which others encrypt: ML-KEM, or X25519 and ML-KEM-768 together, behind one face.
#pragma once

#include "crypto/hybrid_kem.hpp"
#include "crypto/kem.hpp"
#include "crypto/key_pair.hpp"

#include <string>
#include <variant>

namespace holdfast::crypto {

/// Name of the PEM block of a hybrid public key, whose content is x25519 (32) || ml-kem-768 (1184).
inline constexpr std::string_view kHybridPemName = "HOLDFAST HYBRID PUBLIC KEY";

/// "ml-kem-768, ml-kem-1024, x25519-ml-kem-768", for messages and help texts.
[[nodiscard]] std::string list_receiving_algorithms();

/// Bytes of what ReceivingPublicKey::encapsulate makes for the recipient; 0 for algorithms that cannot receive.
[[nodiscard]] std::size_t receiving_ciphertext_size(KeyAlgorithm algorithm);

/// The half that anybody may have. Immutable and thread-safe.
class ReceivingPublicKey {
 public:
  /// Reads an ML-KEM SubjectPublicKeyInfo, PEM or DER, or the PEM form of a hybrid key. ErrorCode::malformed, or
  /// ErrorCode::refused for keys of other algorithms and for private keys.
  [[nodiscard]] static Result<ReceivingPublicKey> parse(ByteView pem_or_der);
  /// ErrorCode::refused for keys that are not ML-KEM.
  [[nodiscard]] static Result<ReceivingPublicKey> create(PublicKey key);
  /// ErrorCode::malformed for what check_hybrid_public_key finds.
  [[nodiscard]] static Result<ReceivingPublicKey> create(HybridPublicKey key);

  [[nodiscard]] KeyAlgorithm algorithm() const;
  /// The DER SubjectPublicKeyInfo of an ML-KEM key; x25519 || ml-kem-768, 1216 bytes, of a hybrid one.
  [[nodiscard]] Result<Bytes> public_bytes() const;
  [[nodiscard]] Result<std::string> to_pem() const;
  /// SHA-256 of public_bytes: the key's short name, 32 bytes.
  [[nodiscard]] Result<Bytes> fingerprint() const;

  /// A fresh shared secret of 32 bytes, and the ciphertext from which the recipient gets it too. A hybrid ciphertext is
  /// the ephemeral X25519 key (32) || the ML-KEM-768 ciphertext (1088).
  [[nodiscard]] Result<Encapsulation> encapsulate() const;

 private:
  using Key = std::variant<PublicKey, HybridPublicKey>;
  explicit ReceivingPublicKey(Key key) : key_(std::move(key)) {}
  Key key_;
};

/// The half that only the recipient has. Movable only.
class ReceivingKey {
 public:
  /// The same key for the same bytes, for ever. `uniform` holds exactly the row's derivation_size bytes: the seed.
  /// ErrorCode::usage for other sizes and for algorithms that cannot receive.
  [[nodiscard]] static Result<ReceivingKey> derive(KeyAlgorithm algorithm, const SecretBytes& uniform);
  /// For a key that was generated or imported. ErrorCode::usage for keys that are not ML-KEM.
  [[nodiscard]] static Result<ReceivingKey> create(PrivateKey key);

  [[nodiscard]] KeyAlgorithm algorithm() const;
  [[nodiscard]] Result<ReceivingPublicKey> public_key() const;
  /// The sender's shared secret; another one for a ciphertext that was altered or meant for another key.
  /// ErrorCode::malformed for a size that does not fit, and for an X25519 point of small order.
  [[nodiscard]] Result<SecretBytes> decapsulate(ByteView ciphertext) const;

 private:
  using Key = std::variant<PrivateKey, SecretBytes>;  // a hybrid key is its seed
  explicit ReceivingKey(Key key) : key_(std::move(key)) {}
  Key key_;
};

}  // namespace holdfast::crypto
