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

enum class SignatureAlgorithm {
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
};

enum class Family { rsa, ecdsa, ed25519, ml_dsa };

struct SignatureRow {
  SignatureAlgorithm algorithm;
  std::string_view name;  ///< in files and on the command line
  Family family;
  std::string_view openssl_name;   ///< key type
  std::string_view openssl_group;  ///< curve, for ECDSA
  std::string_view oid;            ///< of the SubjectPublicKeyInfo's algorithm (of the curve, for ECDSA)
  unsigned security_bits;          ///< classical, NIST SP 800-57 part 1; for ML-DSA the category's AES or SHA level
  unsigned modulus_bits;           ///< RSA only
  std::size_t derivation_size;     ///< uniformly random bytes from which PrivateKey::derive makes a key; 0: it cannot
  std::optional<HashAlgorithm> default_hash;  ///< none where the algorithm hashes by itself
};

/// All rows, in the order in which help texts list them. The tables live as long as the program.
[[nodiscard]] std::span<const AeadRow> aead_suites();
[[nodiscard]] std::span<const SignatureRow> signature_suites();

[[nodiscard]] const AeadRow& row_of(AeadSuite suite);
[[nodiscard]] const SignatureRow& row_of(SignatureAlgorithm algorithm);
[[nodiscard]] std::optional<AeadSuite> find_aead_suite(std::string_view name);
[[nodiscard]] std::optional<SignatureAlgorithm> find_signature_algorithm(std::string_view name);

[[nodiscard]] std::string_view name_of(HashAlgorithm algorithm);
[[nodiscard]] std::optional<HashAlgorithm> find_hash(std::string_view name);

/// "rsa-2048, rsa-3072, …": every name, for messages and help texts.
[[nodiscard]] std::string list_signature_algorithms();
[[nodiscard]] std::string list_aead_suites();

}  // namespace holdfast::crypto
