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

constexpr KeyUses kSign = bit(KeyUse::sign);
constexpr KeyUses kSignOrDecrypt = bit(KeyUse::sign) | bit(KeyUse::decrypt);
constexpr KeyUses kSignOrDerive = bit(KeyUse::sign) | bit(KeyUse::derive);
constexpr KeyUses kDerive = bit(KeyUse::derive);
constexpr KeyUses kReceive = bit(KeyUse::decapsulate);
constexpr KeyUses kData = bit(KeyUse::encrypt) | bit(KeyUse::decrypt);

using enum KeyAlgorithm;
constexpr auto kNoHash = std::nullopt;

// Derivation sizes of ECDSA: the order's bits and 64 more (FIPS 186-5, A.2.1), in whole bytes. Of RSA: the seed of its
// two streams.
// clang-format off
constexpr auto kKeys = std::to_array<KeyRow>({
    {rsa_2048, "rsa-2048", Family::rsa, kSignOrDecrypt, "RSA", "", kRsaOid, 112, 2048, 64, kSha256},
    {rsa_3072, "rsa-3072", Family::rsa, kSignOrDecrypt, "RSA", "", kRsaOid, 128, 3072, 64, kSha256},
    {rsa_4096, "rsa-4096", Family::rsa, kSignOrDecrypt, "RSA", "", kRsaOid, 152, 4096, 64, kSha512},
    {rsa_8192, "rsa-8192", Family::rsa, kSignOrDecrypt, "RSA", "", kRsaOid, 200, 8192, 64, kSha512},
    {ecdsa_p256, "ecdsa-p256", Family::ecdsa, kSignOrDerive, "EC", "P-256", "1.2.840.10045.3.1.7", 128, 0, 40, kSha256},
    {ecdsa_p384, "ecdsa-p384", Family::ecdsa, kSignOrDerive, "EC", "P-384", "1.3.132.0.34", 192, 0, 56, kSha384},
    {ecdsa_p521, "ecdsa-p521", Family::ecdsa, kSignOrDerive, "EC", "P-521", "1.3.132.0.35", 256, 0, 74, kSha512},
    {ed25519, "ed25519", Family::ed25519, kSign, "ED25519", "", "1.3.101.112", 128, 0, 32, kNoHash},
    {ml_dsa_44, "ml-dsa-44", Family::ml_dsa, kSign, "ML-DSA-44", "", "2.16.840.1.101.3.4.3.17", 128, 0, 32, kNoHash},
    {ml_dsa_65, "ml-dsa-65", Family::ml_dsa, kSign, "ML-DSA-65", "", "2.16.840.1.101.3.4.3.18", 192, 0, 32, kNoHash},
    {ml_dsa_87, "ml-dsa-87", Family::ml_dsa, kSign, "ML-DSA-87", "", "2.16.840.1.101.3.4.3.19", 256, 0, 32, kNoHash},
    {x25519, "x25519", Family::x25519, kDerive, "X25519", "", "1.3.101.110", 128, 0, 32, kNoHash},
    {ml_kem_768, "ml-kem-768", Family::ml_kem, kReceive, "ML-KEM-768", "", "2.16.840.1.101.3.4.4.2", 192, 0, 64, kNoHash},
    {ml_kem_1024, "ml-kem-1024", Family::ml_kem, kReceive, "ML-KEM-1024", "", "2.16.840.1.101.3.4.4.3", 256, 0, 64, kNoHash},
    {x25519_ml_kem_768, "x25519-ml-kem-768", Family::hybrid_kem, kReceive, "", "", "", 192, 0, 96, kNoHash},
    {aes_256, "aes-256", Family::aes, kData, "", "", "", 256, 0, 32, kNoHash},
});
// clang-format on

constexpr std::size_t kSigningRows =
    static_cast<std::size_t>(std::ranges::count_if(kKeys, [](const KeyRow& row) { return can(row, KeyUse::sign); }));

struct UseRow {
  KeyUse use;
  std::string_view name;
};

constexpr auto kUses = std::to_array<UseRow>({
    {KeyUse::sign, "sign"},
    {KeyUse::encrypt, "encrypt"},
    {KeyUse::decrypt, "decrypt"},
    {KeyUse::derive, "derive"},
    {KeyUse::decapsulate, "decapsulate"},
});

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
std::span<const KeyRow> key_algorithms() { return kKeys; }
std::span<const KeyRow> signature_suites() { return std::span(kKeys).first(kSigningRows); }

const AeadRow& row_of(AeadSuite suite) { return *std::ranges::find(kAead, suite, &AeadRow::suite); }

const KeyRow& row_of(KeyAlgorithm algorithm) { return *std::ranges::find(kKeys, algorithm, &KeyRow::algorithm); }

std::optional<AeadSuite> find_aead_suite(std::string_view name) {
  const auto* const row = std::ranges::find(kAead, name, &AeadRow::name);
  return row == kAead.end() ? std::nullopt : std::optional(row->suite);
}

std::optional<KeyAlgorithm> find_key_algorithm(std::string_view name) {
  const auto* const row = std::ranges::find(kKeys, name, &KeyRow::name);
  return row == kKeys.end() ? std::nullopt : std::optional(row->algorithm);
}

KeyUses usual_uses(KeyAlgorithm algorithm) {
  const KeyRow& row = row_of(algorithm);
  return can(row, KeyUse::sign) ? kSign : row.uses;
}

std::string_view name_of(KeyUse use) { return std::ranges::find(kUses, use, &UseRow::use)->name; }

std::optional<KeyUse> find_key_use(std::string_view name) {
  const auto* const row = std::ranges::find(kUses, name, &UseRow::name);
  return row == kUses.end() ? std::nullopt : std::optional(row->use);
}

std::string list_key_uses() { return list_names(kUses); }

std::string_view name_of(HashAlgorithm algorithm) {
  return std::ranges::find(kHashes, algorithm, &HashRow::algorithm)->name;
}

std::optional<HashAlgorithm> find_hash(std::string_view name) {
  const auto* const row = std::ranges::find(kHashes, name, &HashRow::name);
  return row == kHashes.end() ? std::nullopt : std::optional(row->algorithm);
}

std::string list_signature_algorithms() { return list_names(signature_suites()); }
std::string list_key_algorithms() { return list_names(kKeys); }
std::string list_aead_suites() { return list_names(kAead); }

}  // namespace holdfast::crypto
