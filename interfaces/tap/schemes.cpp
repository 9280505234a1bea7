#include "interfaces/tap/schemes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::tap {
namespace {

using crypto::Family;
using crypto::HashAlgorithm;
using crypto::InputKind;
using crypto::RsaScheme;

// Which hash a scheme stands for.
enum class Hash { sha256, sha384, sha512, by_size, in_input, none, outdated };

struct Row {
  TAP_SIG_SCHEME number;
  std::string_view name;
  Family family;
  std::optional<RsaScheme> rsa;
  Hash hash;
};

constexpr std::array<Row, 19> kRows{{
    {TAP_SIG_SCHEME_NONE, "NONE", Family::ml_dsa, {}, Hash::none},
    {TAP_SIG_SCHEME_PKCS1_5, "PKCS1_5", Family::rsa, RsaScheme::pkcs1, Hash::by_size},
    {TAP_SIG_SCHEME_PSS_SHA1, "PSS_SHA1", Family::rsa, RsaScheme::pss, Hash::outdated},
    {TAP_SIG_SCHEME_PSS_SHA256, "PSS_SHA256", Family::rsa, RsaScheme::pss, Hash::sha256},
    {TAP_SIG_SCHEME_PKCS1_5_SHA1, "PKCS1_5_SHA1", Family::rsa, RsaScheme::pkcs1, Hash::outdated},
    {TAP_SIG_SCHEME_PKCS1_5_SHA256, "PKCS1_5_SHA256", Family::rsa, RsaScheme::pkcs1, Hash::sha256},
    {TAP_SIG_SCHEME_PKCS1_5_DER, "PKCS1_5_DER", Family::rsa, RsaScheme::pkcs1, Hash::in_input},
    {TAP_SIG_SCHEME_ECDSA_SHA1, "ECDSA_SHA1", Family::ecdsa, {}, Hash::outdated},
    {TAP_SIG_SCHEME_ECDSA_SHA224, "ECDSA_SHA224", Family::ecdsa, {}, Hash::outdated},
    {TAP_SIG_SCHEME_ECDSA_SHA256, "ECDSA_SHA256", Family::ecdsa, {}, Hash::sha256},
    {TAP_SIG_SCHEME_ECDSA_SHA384, "ECDSA_SHA384", Family::ecdsa, {}, Hash::sha384},
    {TAP_SIG_SCHEME_ECDSA_SHA512, "ECDSA_SHA512", Family::ecdsa, {}, Hash::sha512},
    {TAP_SIG_SCHEME_PSS_SHA384, "PSS_SHA384", Family::rsa, RsaScheme::pss, Hash::sha384},
    {TAP_SIG_SCHEME_PSS_SHA512, "PSS_SHA512", Family::rsa, RsaScheme::pss, Hash::sha512},
    {TAP_SIG_SCHEME_PKCS1_5_SHA384, "PKCS1_5_SHA384", Family::rsa, RsaScheme::pkcs1, Hash::sha384},
    {TAP_SIG_SCHEME_PKCS1_5_SHA512, "PKCS1_5_SHA512", Family::rsa, RsaScheme::pkcs1, Hash::sha512},
    {TAP_SIG_SCHEME_PSS, "PSS", Family::rsa, RsaScheme::pss, Hash::by_size},
    {TAP_SIG_SCHEME_PKCS1_5_SHA224, "PKCS1_5_SHA224", Family::rsa, RsaScheme::pkcs1, Hash::outdated},
    {TAP_SIG_SCHEME_PSS_SHA224, "PSS_SHA224", Family::rsa, RsaScheme::pss, Hash::outdated},
}};

// What stands before the digest in a DigestInfo (RFC 8017, 9.2, note 1).
struct DigestInfo {
  HashAlgorithm hash;
  std::array<std::uint8_t, 19> prefix;
};

constexpr std::array<DigestInfo, 3> kDigestInfos{{
    {HashAlgorithm::sha256,
     {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
      0x20}},
    {HashAlgorithm::sha384,
     {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04,
      0x30}},
    {HashAlgorithm::sha512,
     {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04,
      0x40}},
}};

// The published table of signatures.
HashAlgorithm documented_hash(crypto::KeyAlgorithm algorithm) {
  const auto bits = crypto::row_of(algorithm).modulus_bits;
  return bits <= 3072 ? HashAlgorithm::sha256 : HashAlgorithm::sha512;
}

Failed unknown_digest(std::size_t size) {
  return fail(ERR_TAP_INVALID_INPUT,
              "a digest has 32, 48 or 64 bytes (SHA-256, SHA-384, SHA-512), and this one has " + std::to_string(size));
}

Answer<HashAlgorithm> hash_of_size(std::size_t size) {
  for (const auto hash : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    if (crypto::digest_size(hash) == size) return hash;
  }
  return unknown_digest(size);
}

Answer<Signing> open_digest_info(Signing signing) {
  for (const auto& info : kDigestInfos) {
    if (signing.input.size() != info.prefix.size() + crypto::digest_size(info.hash)) continue;
    if (!std::ranges::equal(signing.input.first(info.prefix.size()), info.prefix)) continue;
    signing.scheme.hash = info.hash;
    signing.input = signing.input.subspan(info.prefix.size());
    return signing;
  }
  return fail(ERR_TAP_INVALID_INPUT,
              "with the scheme PKCS1_5_DER the input is the DigestInfo of a SHA-256, SHA-384 or SHA-512 digest");
}

Answer<Signing> with_hash(crypto::KeyAlgorithm algorithm, const Row& row, Signing signing) {
  const bool digest = signing.scheme.input == InputKind::digest;
  switch (row.hash) {
    case Hash::sha256: signing.scheme.hash = HashAlgorithm::sha256; break;
    case Hash::sha384: signing.scheme.hash = HashAlgorithm::sha384; break;
    case Hash::sha512: signing.scheme.hash = HashAlgorithm::sha512; break;
    case Hash::in_input:
      if (digest) return open_digest_info(std::move(signing));
      [[fallthrough]];
    case Hash::by_size: {
      auto hash = digest ? hash_of_size(signing.input.size()) : documented_hash(algorithm);
      if (!hash) return pass_on(hash);
      signing.scheme.hash = *hash;
      break;
    }
    case Hash::none: break;
    case Hash::outdated:
      return fail(HOLDFAST_TAP_ERR_REFUSED, "no profile allows signatures with SHA-1 or SHA-224, and so not " +
                                                std::string(row.name) + "; choose a scheme with SHA-256 or longer");
  }
  const bool wrong_size =
      digest && signing.scheme.hash && crypto::digest_size(*signing.scheme.hash) != signing.input.size();
  if (wrong_size) {
    return fail(ERR_TAP_INVALID_INPUT, "a digest for the scheme " + std::string(row.name) + " has " +
                                           std::to_string(crypto::digest_size(*signing.scheme.hash)) +
                                           " bytes, and this one has " + std::to_string(signing.input.size()));
  }
  return signing;
}

Answer<const Row*> row_for(const crypto::KeyRow& key, TAP_SIG_SCHEME scheme) {
  const auto* const row = std::ranges::find(kRows, scheme, &Row::number);
  if (row == kRows.end()) {
    return fail(ERR_TAP_INVALID_SCHEME, "there is no signature scheme " + std::to_string(scheme));
  }
  if (row->family != key.family) {
    return fail(ERR_TAP_INVALID_SCHEME,
                "the signature scheme " + std::string(row->name) + " is not one of " + std::string(key.name) + " keys");
  }
  return row;
}

}  // namespace

Answer<> check_scheme(crypto::KeyAlgorithm algorithm, TAP_SIG_SCHEME scheme) {
  if (scheme == TAP_SIG_SCHEME_NONE) return {};
  auto row = row_for(crypto::row_of(algorithm), scheme);
  if (!row) return pass_on(row);
  return {};
}

Answer<Signing> choose_signing(crypto::KeyAlgorithm algorithm, TAP_SIG_SCHEME scheme, InputKind kind, ByteView input) {
  const auto& key = crypto::row_of(algorithm);
  auto row = row_for(key, scheme);
  if (!row) return pass_on(row);
  if (key.family == Family::ml_dsa && kind == InputKind::digest) {
    return fail(ERR_TAP_UNSUPPORTED,
                "ML-DSA keys sign messages, which they hash in their own way, and not digests; give the data itself");
  }
  Signing signing;
  signing.scheme.rsa = (*row)->rsa;
  signing.scheme.input = kind;
  signing.input = input;
  return with_hash(algorithm, **row, std::move(signing));
}

}  // namespace holdfast::tap
