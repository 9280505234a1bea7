#include "crypto/hybrid_kem.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "crypto/kdf.hpp"
#include "crypto/kem.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

constexpr auto kMlKem = KeyAlgorithm::ml_kem_768;
constexpr std::size_t kMlKemSeedSize = 64;
constexpr std::size_t kSharedSize = 32;

struct GroupRow {
  HybridGroup group;
  KeyAlgorithm algorithm;
  std::size_t public_size;
  std::string_view label;
};

constexpr auto kGroups = std::to_array<GroupRow>({
    {HybridGroup::x25519, KeyAlgorithm::x25519, kX25519Size, "hybrid-kem"},
    {HybridGroup::p384, KeyAlgorithm::ecdsa_p384, kP384PointSize, "hybrid-kem-p384"},
});

const GroupRow& row_of(HybridGroup group) { return *std::ranges::find(kGroups, group, &GroupRow::group); }

std::size_t classical_seed_size(HybridGroup group) { return crypto::row_of(row_of(group).algorithm).derivation_size; }

struct KeyPairs {
  PrivateKey classical;
  PrivateKey ml_kem;
};

Result<KeyPairs> key_pairs(const SecretBytes& seed, HybridGroup group) {
  if (seed.size() != seed_size_of(group)) {
    return Error(ErrorCode::internal, "a hybrid key's seed has " + std::to_string(seed.size()) + " bytes instead of " +
                                          std::to_string(seed_size_of(group)));
  }
  const ByteView bytes = seed.expose(SecretAccess{});
  const auto size = classical_seed_size(group);
  TRY_LET(auto classical, PrivateKey::derive(row_of(group).algorithm, SecretBytes::copy_of(bytes.first(size))),
          "classical key");
  TRY_LET(auto ml_kem, PrivateKey::derive(kMlKem, SecretBytes::copy_of(bytes.subspan(size))), "ML-KEM key");
  return KeyPairs{std::move(classical), std::move(ml_kem)};
}

// Raw bytes, or for a curve of NIST's the uncompressed point.
Result<Bytes> raw(const PublicKey& key) { return openssl::encoded_public_key(key.handle().pkey.get()); }

Result<HybridPublicKey> public_key_of(const KeyPairs& pairs, HybridGroup group) {
  HybridPublicKey key{.classical = {}, .ml_kem_768 = {}, .group = group};
  TRY_LET(key.classical, raw(pairs.classical.public_key()), "classical public key");
  TRY_LET(key.ml_kem_768, raw(pairs.ml_kem.public_key()), "ML-KEM public key");
  return key;
}

Result<PublicKey> read_public(KeyAlgorithm algorithm, ByteView bytes, std::size_t size) {
  const KeyRow& row = crypto::row_of(algorithm);
  const std::string type(row.openssl_group.empty() ? row.openssl_name : row.openssl_group);
  if (bytes.size() != size) {
    return Error(ErrorCode::malformed, "an " + type + " public key has " + std::to_string(size) + " bytes, and " +
                                           std::to_string(bytes.size()) + " were given");
  }
  openssl::Pkey key(openssl::read_encoded_public_key(row, bytes));
  if (key) return openssl::adopt(std::move(key));
  ERR_clear_error();
  return Error(ErrorCode::malformed, "the " + type + " public key is not valid");
}

Result<PublicKey> read_classical(HybridGroup group, ByteView bytes) {
  return read_public(row_of(group).algorithm, bytes, row_of(group).public_size);
}

/// Binds the result to both ciphertexts and both public keys, so that neither half can be exchanged alone.
Result<SecretBytes> combine(const SecretBytes& ml_kem, const SecretBytes& classical, const HybridCiphertext& ciphertext,
                            const HybridPublicKey& to) {
  const SecretBytes input = join_secrets({ml_kem.expose(SecretAccess{}), classical.expose(SecretAccess{})});
  Bytes info = label(row_of(to.group).label);
  append_lp(info, ciphertext.ml_kem_768);
  append_lp(info, ciphertext.classical);
  append_lp(info, to.ml_kem_768);
  append_lp(info, to.classical);
  return hkdf(input, {}, info, kSharedSize);
}

}  // namespace

std::size_t public_size_of(HybridGroup group) { return row_of(group).public_size; }
std::size_t seed_size_of(HybridGroup group) { return classical_seed_size(group) + kMlKemSeedSize; }

Result<HybridPublicKey> hybrid_public_key(const SecretBytes& seed, HybridGroup group) {
  TRY_LET(const KeyPairs pairs, key_pairs(seed, group), "make hybrid key");
  return public_key_of(pairs, group);
}

Result<void> check_hybrid_public_key(const HybridPublicKey& key) {
  TRY(read_classical(key.group, key.classical), "read classical public key");
  TRY(read_public(kMlKem, key.ml_kem_768, kMlKem768PublicSize), "read ML-KEM public key");
  return {};
}

Result<HybridEncapsulation> hybrid_encapsulate(const HybridPublicKey& to) {
  TRY_LET(const auto to_classical, read_classical(to.group, to.classical), "read classical public key");
  TRY_LET(const auto to_ml_kem, read_public(kMlKem, to.ml_kem_768, kMlKem768PublicSize), "read ML-KEM public key");
  TRY_LET(const auto ephemeral, PrivateKey::generate(row_of(to.group).algorithm), "make ephemeral key");
  HybridEncapsulation result;
  TRY_LET(result.ciphertext.classical, raw(ephemeral.public_key()), "ephemeral public key");
  TRY_LET(const SecretBytes classical_shared, agree(ephemeral, to_classical), "agree");
  TRY_LET(Encapsulation kem, encapsulate(to_ml_kem), "ML-KEM");
  result.ciphertext.ml_kem_768 = std::move(kem.ciphertext);
  TRY_LET(result.shared, combine(kem.shared, classical_shared, result.ciphertext, to), "combine the two secrets");
  return result;
}

Result<SecretBytes> hybrid_decapsulate(const SecretBytes& seed, const HybridCiphertext& ciphertext, HybridGroup group) {
  TRY_LET(const auto ephemeral, read_classical(group, ciphertext.classical), "read ephemeral key");
  TRY_LET(const KeyPairs pairs, key_pairs(seed, group), "make hybrid key");
  TRY_LET(const HybridPublicKey to, public_key_of(pairs, group), "hybrid public key");
  TRY_LET(const SecretBytes classical_shared, agree(pairs.classical, ephemeral), "agree");
  TRY_LET(const SecretBytes ml_kem_shared, decapsulate(pairs.ml_kem, ciphertext.ml_kem_768), "decapsulate");
  return combine(ml_kem_shared, classical_shared, ciphertext, to);
}

}  // namespace holdfast::crypto
