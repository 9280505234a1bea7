#include "crypto/suites.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast::crypto {
namespace {

constexpr std::array<AeadRow, 2> kAead{{
    {AeadSuite::aes_256_gcm, "aes-256-gcm", "AES-256-GCM"},
    {AeadSuite::chacha20_poly1305, "chacha20-poly1305", "ChaCha20-Poly1305"},
}};

constexpr auto kSha256 = HashAlgorithm::sha256;
constexpr auto kSha384 = HashAlgorithm::sha384;
constexpr auto kSha512 = HashAlgorithm::sha512;
constexpr std::string_view kRsaOid = "1.2.840.113549.1.1.1";

// Derivation sizes of ECDSA: the order's bits and 64 more (FIPS 186-5, A.2.1), in whole bytes.
constexpr std::array<SignatureRow, 11> kSignatures{{
    {SignatureAlgorithm::rsa_2048, "rsa-2048", Family::rsa, "RSA", "", kRsaOid, 112, 2048, 0, kSha256},
    {SignatureAlgorithm::rsa_3072, "rsa-3072", Family::rsa, "RSA", "", kRsaOid, 128, 3072, 0, kSha256},
    {SignatureAlgorithm::rsa_4096, "rsa-4096", Family::rsa, "RSA", "", kRsaOid, 152, 4096, 0, kSha512},
    {SignatureAlgorithm::rsa_8192, "rsa-8192", Family::rsa, "RSA", "", kRsaOid, 200, 8192, 0, kSha512},
    {SignatureAlgorithm::ecdsa_p256, "ecdsa-p256", Family::ecdsa, "EC", "P-256", "1.2.840.10045.3.1.7", 128, 0, 40,
     kSha256},
    {SignatureAlgorithm::ecdsa_p384, "ecdsa-p384", Family::ecdsa, "EC", "P-384", "1.3.132.0.34", 192, 0, 56, kSha384},
    {SignatureAlgorithm::ecdsa_p521, "ecdsa-p521", Family::ecdsa, "EC", "P-521", "1.3.132.0.35", 256, 0, 74, kSha512},
    {SignatureAlgorithm::ed25519, "ed25519", Family::ed25519, "ED25519", "", "1.3.101.112", 128, 0, 32, std::nullopt},
    {SignatureAlgorithm::ml_dsa_44, "ml-dsa-44", Family::ml_dsa, "ML-DSA-44", "", "2.16.840.1.101.3.4.3.17", 128, 0, 32,
     std::nullopt},
    {SignatureAlgorithm::ml_dsa_65, "ml-dsa-65", Family::ml_dsa, "ML-DSA-65", "", "2.16.840.1.101.3.4.3.18", 192, 0, 32,
     std::nullopt},
    {SignatureAlgorithm::ml_dsa_87, "ml-dsa-87", Family::ml_dsa, "ML-DSA-87", "", "2.16.840.1.101.3.4.3.19", 256, 0, 32,
     std::nullopt},
}};

struct HashRow {
  HashAlgorithm algorithm;
  std::string_view name;
};

constexpr std::array<HashRow, 3> kHashes{{{kSha256, "sha256"}, {kSha384, "sha384"}, {kSha512, "sha512"}}};

template <typename Rows>
std::string list_names(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    if (!text.empty()) text += ", ";
    text += row.name;
  }
  return text;
}

}  // namespace

std::span<const AeadRow> aead_suites() { return kAead; }
std::span<const SignatureRow> signature_suites() { return kSignatures; }

const AeadRow& row_of(AeadSuite suite) { return *std::ranges::find(kAead, suite, &AeadRow::suite); }

const SignatureRow& row_of(SignatureAlgorithm algorithm) {
  return *std::ranges::find(kSignatures, algorithm, &SignatureRow::algorithm);
}

std::optional<AeadSuite> find_aead_suite(std::string_view name) {
  const auto* const row = std::ranges::find(kAead, name, &AeadRow::name);
  return row == kAead.end() ? std::nullopt : std::optional(row->suite);
}

std::optional<SignatureAlgorithm> find_signature_algorithm(std::string_view name) {
  const auto* const row = std::ranges::find(kSignatures, name, &SignatureRow::name);
  return row == kSignatures.end() ? std::nullopt : std::optional(row->algorithm);
}

std::string_view name_of(HashAlgorithm algorithm) {
  return std::ranges::find(kHashes, algorithm, &HashRow::algorithm)->name;
}

std::optional<HashAlgorithm> find_hash(std::string_view name) {
  const auto* const row = std::ranges::find(kHashes, name, &HashRow::name);
  return row == kHashes.end() ? std::nullopt : std::optional(row->algorithm);
}

std::string list_signature_algorithms() { return list_names(kSignatures); }
std::string list_aead_suites() { return list_names(kAead); }

}  // namespace holdfast::crypto
