// The algorithms, each a row of one table.
#pragma once

#include "crypto/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace holdfast::crypto {

enum class AeadSuite { aes_256_gcm, chacha20_poly1305 };

struct AeadRow {
  AeadSuite suite;
  std::string_view name;  ///< in files and on the command line
  std::string_view openssl_name;
};

enum class KeyAlgorithm : std::uint8_t {
  rsa_2048,
  rsa_3072,
  rsa_4096,
  rsa_8192,
  ecdsa_p256,
  ecdsa_p384,
  ecdsa_p521,
  ed25519,
  ml_dsa_44,
  ml_dsa_65,
  ml_dsa_87,
  x25519,
  ml_kem_768,
  ml_kem_1024,
  x25519_ml_kem_768,
  aes_256,
};

/// How keys are made and written. `hybrid_kem` and `aes` keys are plain bytes, and no PublicKey or PrivateKey.
enum class Family : std::uint8_t { rsa, ecdsa, ed25519, ml_dsa, x25519, ml_kem, hybrid_kem, aes };

/// What a key may be used for.
enum class KeyUse : std::uint8_t {
  sign,         ///< signatures
  encrypt,      ///< AES-256-GCM
  decrypt,      ///< AES-256-GCM, RSA-OAEP
  derive,       ///< key agreement: ECDH, X25519
  decapsulate,  ///< receiving data that was encrypted to the public key: ML-KEM, hybrid
};

/// A set of uses, one bit each.
using KeyUses = std::uint8_t;
[[nodiscard]] constexpr KeyUses bit(KeyUse use) { return static_cast<KeyUses>(1U << static_cast<unsigned>(use)); }

struct KeyRow {
  KeyAlgorithm algorithm;
  std::string_view name;  ///< in files and on the command line
  Family family;
  KeyUses uses;                    ///< all that the algorithm can do
  std::string_view openssl_name;   ///< key type; empty for keys that are plain bytes
  std::string_view openssl_group;  ///< curve, for ECDSA
  std::string_view oid;            ///< of the SubjectPublicKeyInfo's algorithm (of the curve, for ECDSA)
  unsigned security_bits;  ///< classical, NIST SP 800-57 part 1; for ML-DSA and ML-KEM the category's AES or SHA level
  unsigned modulus_bits;   ///< RSA only
  std::size_t derivation_size;                ///< uniformly random bytes from which a key is made
  std::optional<HashAlgorithm> default_hash;  ///< none where the algorithm hashes by itself
};

/// All rows, in the order in which help texts list them. The tables live as long as the program.
[[nodiscard]] std::span<const AeadRow> aead_suites();
[[nodiscard]] std::span<const KeyRow> key_algorithms();
/// The rows that can sign, which come first.
[[nodiscard]] std::span<const KeyRow> signature_suites();

[[nodiscard]] const AeadRow& row_of(AeadSuite suite);
[[nodiscard]] const KeyRow& row_of(KeyAlgorithm algorithm);
[[nodiscard]] std::optional<AeadSuite> find_aead_suite(std::string_view name);
[[nodiscard]] std::optional<KeyAlgorithm> find_key_algorithm(std::string_view name);

[[nodiscard]] constexpr bool can(const KeyRow& row, KeyUse use) { return (row.uses & bit(use)) != 0; }
/// What a key of this algorithm is for where nobody says: sign, where it can.
[[nodiscard]] KeyUses usual_uses(KeyAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(KeyUse use);
[[nodiscard]] std::optional<KeyUse> find_key_use(std::string_view name);
[[nodiscard]] std::string list_key_uses();

[[nodiscard]] std::string_view name_of(HashAlgorithm algorithm);
[[nodiscard]] std::optional<HashAlgorithm> find_hash(std::string_view name);

/// "rsa-2048, rsa-3072, …": every name, for messages and help texts.
[[nodiscard]] std::string list_signature_algorithms();
[[nodiscard]] std::string list_key_algorithms();
[[nodiscard]] std::string list_aead_suites();

}  // namespace holdfast::crypto
