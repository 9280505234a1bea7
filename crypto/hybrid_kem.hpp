// Encrypting to a public key that neither a classical nor a quantum computer breaks alone:
// X25519 (RFC 7748) and ML-KEM-768 (FIPS 203) together.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

namespace holdfast::crypto {

inline constexpr std::size_t kX25519Size = 32;
inline constexpr std::size_t kMlKem768PublicSize = 1184;
inline constexpr std::size_t kMlKem768CiphertextSize = 1088;
/// 32 bytes for X25519, then 64 for ML-KEM (d, z).
inline constexpr std::size_t kHybridSeedSize = 96;

struct HybridPublicKey {
  Bytes x25519;
  Bytes ml_kem_768;
  bool operator==(const HybridPublicKey&) const = default;
};

struct HybridCiphertext {
  Bytes x25519;  ///< ephemeral public key
  Bytes ml_kem_768;
};

struct HybridEncapsulation {
  HybridCiphertext ciphertext;
  SecretBytes shared;  ///< 32 bytes
};

/// The public key of the pair that `seed` (kHybridSeedSize bytes) determines.
[[nodiscard]] Result<HybridPublicKey> hybrid_public_key(const SecretBytes& seed);

/// ErrorCode::malformed for sizes that do not fit and for bytes that are no ML-KEM key. Points of small order show
/// only when something is encapsulated to them.
[[nodiscard]] Result<void> check_hybrid_public_key(const HybridPublicKey& key);

/// A fresh shared secret and its encapsulation to `to`.
/// shared = HKDF(LP(mlkem shared) || LP(x25519 shared), "", label("hybrid-kem") || LP(mlkem ciphertext) ||
/// LP(ephemeral) || LP(mlkem public) || LP(x25519 public)).
[[nodiscard]] Result<HybridEncapsulation> hybrid_encapsulate(const HybridPublicKey& to);

/// The same secret again. A ciphertext made for another key gives another secret, not an error, as FIPS 203
/// has it; sizes that do not fit are ErrorCode::malformed.
[[nodiscard]] Result<SecretBytes> hybrid_decapsulate(const SecretBytes& seed, const HybridCiphertext& ciphertext);

}  // namespace holdfast::crypto
