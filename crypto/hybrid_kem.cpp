#include "crypto/hybrid_kem.hpp"

#include <openssl/err.h>

#include "core/encoding.hpp"
#include "crypto/kdf.hpp"
#include "crypto/kem.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

constexpr auto kX25519 = KeyAlgorithm::x25519;
constexpr auto kMlKem = KeyAlgorithm::ml_kem_768;
constexpr std::size_t kSharedSize = 32;

struct KeyPairs {
  PrivateKey x25519;
  PrivateKey ml_kem;
};

Result<KeyPairs> key_pairs(const SecretBytes& seed) {
  if (seed.size() != kHybridSeedSize) {
    return Error(ErrorCode::internal, "a hybrid key's seed has " + std::to_string(seed.size()) + " bytes instead of " +
                                          std::to_string(kHybridSeedSize));
  }
  const ByteView bytes = seed.expose(SecretAccess{});
  TRY_LET(auto x25519, PrivateKey::derive(kX25519, SecretBytes::copy_of(bytes.first(kX25519Size))), "X25519 key");
  TRY_LET(auto ml_kem, PrivateKey::derive(kMlKem, SecretBytes::copy_of(bytes.subspan(kX25519Size))), "ML-KEM key");
  return KeyPairs{std::move(x25519), std::move(ml_kem)};
}

Result<Bytes> raw(const PublicKey& key) { return openssl::raw_public_key(key.handle().pkey.get()); }

Result<HybridPublicKey> public_key_of(const KeyPairs& pairs) {
  HybridPublicKey key;
  TRY_LET(key.x25519, raw(pairs.x25519.public_key()), "X25519 public key");
  TRY_LET(key.ml_kem_768, raw(pairs.ml_kem.public_key()), "ML-KEM public key");
  return key;
}

Result<PublicKey> read_public(KeyAlgorithm algorithm, ByteView bytes, std::size_t size) {
  const std::string type(row_of(algorithm).openssl_name);
  if (bytes.size() != size) {
    return Error(ErrorCode::malformed, "an " + type + " public key has " + std::to_string(size) + " bytes, and " +
                                           std::to_string(bytes.size()) + " were given");
  }
  openssl::Pkey key(
      EVP_PKEY_new_raw_public_key_ex(openssl::context(), type.c_str(), nullptr, bytes.data(), bytes.size()));
  if (key) return openssl::adopt(std::move(key));
  ERR_clear_error();
  return Error(ErrorCode::malformed, "the " + type + " public key is not valid");
}

/// Binds the result to both ciphertexts and both public keys, so that neither half can be exchanged alone.
Result<SecretBytes> combine(const SecretBytes& ml_kem, const SecretBytes& x25519, const HybridCiphertext& ciphertext,
                            const HybridPublicKey& to) {
  const SecretBytes input = join_secrets({ml_kem.expose(SecretAccess{}), x25519.expose(SecretAccess{})});
  Bytes info = label("hybrid-kem");
  append_lp(info, ciphertext.ml_kem_768);
  append_lp(info, ciphertext.x25519);
  append_lp(info, to.ml_kem_768);
  append_lp(info, to.x25519);
  return hkdf(input, {}, info, kSharedSize);
}

}  // namespace

Result<HybridPublicKey> hybrid_public_key(const SecretBytes& seed) {
  TRY_LET(const KeyPairs pairs, key_pairs(seed), "make hybrid key");
  return public_key_of(pairs);
}

Result<void> check_hybrid_public_key(const HybridPublicKey& key) {
  TRY(read_public(kX25519, key.x25519, kX25519Size), "read X25519 public key");
  TRY(read_public(kMlKem, key.ml_kem_768, kMlKem768PublicSize), "read ML-KEM public key");
  return {};
}

Result<HybridEncapsulation> hybrid_encapsulate(const HybridPublicKey& to) {
  TRY_LET(const auto to_x25519, read_public(kX25519, to.x25519, kX25519Size), "read X25519 public key");
  TRY_LET(const auto to_ml_kem, read_public(kMlKem, to.ml_kem_768, kMlKem768PublicSize), "read ML-KEM public key");
  TRY_LET(const auto ephemeral, PrivateKey::generate(kX25519), "make ephemeral key");
  HybridEncapsulation result;
  TRY_LET(result.ciphertext.x25519, raw(ephemeral.public_key()), "ephemeral public key");
  TRY_LET(const SecretBytes x25519_shared, agree(ephemeral, to_x25519), "X25519");
  TRY_LET(Encapsulation kem, encapsulate(to_ml_kem), "ML-KEM");
  result.ciphertext.ml_kem_768 = std::move(kem.ciphertext);
  TRY_LET(result.shared, combine(kem.shared, x25519_shared, result.ciphertext, to), "combine the two secrets");
  return result;
}

Result<SecretBytes> hybrid_decapsulate(const SecretBytes& seed, const HybridCiphertext& ciphertext) {
  TRY_LET(const auto ephemeral, read_public(kX25519, ciphertext.x25519, kX25519Size), "read ephemeral key");
  TRY_LET(const KeyPairs pairs, key_pairs(seed), "make hybrid key");
  TRY_LET(const HybridPublicKey to, public_key_of(pairs), "hybrid public key");
  TRY_LET(const SecretBytes x25519_shared, agree(pairs.x25519, ephemeral), "X25519");
  TRY_LET(const SecretBytes ml_kem_shared, decapsulate(pairs.ml_kem, ciphertext.ml_kem_768), "ML-KEM");
  return combine(ml_kem_shared, x25519_shared, ciphertext, to);
}

}  // namespace holdfast::crypto
