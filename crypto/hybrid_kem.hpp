// Encrypting to a public key that neither a classical nor a quantum computer breaks alone: X25519 (RFC 7748), or P-384
// (SP 800-56A) where only approved algorithms may be used, and ML-KEM-768 (FIPS 203) together.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

namespace holdfast::crypto {

inline constexpr std::size_t kX25519Size = 32;
inline constexpr std::size_t kMlKem768PublicSize = 1184;
inline constexpr std::size_t kMlKem768CiphertextSize = 1088;
inline constexpr std::size_t kP384PointSize = 97;
/// 32 bytes for X25519, then 64 for ML-KEM (d, z).
inline constexpr std::size_t kHybridSeedSize = 96;

/// The classical half.
enum class HybridGroup { x25519, p384 };

/// Bytes of the classical half's public key: kX25519Size, or kP384PointSize for an uncompressed point.
[[nodiscard]] std::size_t public_size_of(HybridGroup group);
/// Bytes of the seed of both halves: kHybridSeedSize, or 56 for P-384 (as its derived keys take) and 64 for ML-KEM.
[[nodiscard]] std::size_t seed_size_of(HybridGroup group);

struct HybridPublicKey {
  Bytes classical;  ///< public_size_of(group) bytes
  Bytes ml_kem_768;
  HybridGroup group = HybridGroup::x25519;
  bool operator==(const HybridPublicKey&) const = default;
};

struct HybridCiphertext {
  Bytes classical;  ///< ephemeral public key
  Bytes ml_kem_768;
};

struct HybridEncapsulation {
  HybridCiphertext ciphertext;
  SecretBytes shared;  ///< 32 bytes
};

/// The public key of the pair that `seed` (seed_size_of(group) bytes) determines.
[[nodiscard]] Result<HybridPublicKey> hybrid_public_key(const SecretBytes& seed,
                                                        HybridGroup group = HybridGroup::x25519);

/// ErrorCode::malformed for sizes that do not fit and for bytes that are no ML-KEM key or no point of P-384. Points of
/// X25519 of small order show only when something is encapsulated to them.
[[nodiscard]] Result<void> check_hybrid_public_key(const HybridPublicKey& key);

/// A fresh shared secret and its encapsulation to `to`.
/// shared = HKDF(LP(mlkem shared) || LP(classical shared), "", label("hybrid-kem") || LP(mlkem ciphertext) ||
/// LP(ephemeral) || LP(mlkem public) || LP(classical public)); the label is "hybrid-kem-p384" with that group.
[[nodiscard]] Result<HybridEncapsulation> hybrid_encapsulate(const HybridPublicKey& to);

/// The same secret again. A ciphertext made for another key gives another secret, not an error, as FIPS 203
/// has it; sizes that do not fit are ErrorCode::malformed.
[[nodiscard]] Result<SecretBytes> hybrid_decapsulate(const SecretBytes& seed, const HybridCiphertext& ciphertext,
                                                     HybridGroup group = HybridGroup::x25519);

}  // namespace holdfast::crypto
