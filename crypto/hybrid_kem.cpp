#include "crypto/hybrid_kem.hpp"

#include <openssl/err.h>

#include "core/encoding.hpp"
#include "crypto/kdf.hpp"
#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

constexpr const char* kX25519 = "X25519";
constexpr const char* kMlKem = "ML-KEM-768";
constexpr std::size_t kSharedSize = 32;  // of either half

Error malformed(const std::string& what) {
  ERR_clear_error();
  return {ErrorCode::malformed, what};
}

struct KeyPairs {
  openssl::Pkey x25519;
  openssl::Pkey ml_kem;
};

Result<openssl::Pkey> x25519_from_seed(ByteView seed) {
  openssl::Pkey key(EVP_PKEY_new_raw_private_key_ex(openssl::context(), kX25519, nullptr, seed.data(), seed.size()));
  if (!key) return openssl::failure("making the X25519 key");
  return key;
}

Result<KeyPairs> key_pairs(const SecretBytes& seed) {
  if (seed.size() != kHybridSeedSize) {
    return Error(ErrorCode::internal, "a hybrid key's seed has " + std::to_string(seed.size()) + " bytes instead of " +
                                          std::to_string(kHybridSeedSize));
  }
  const ByteView bytes = seed.expose(SecretAccess{});
  KeyPairs pairs;
  TRY_LET(pairs.x25519, x25519_from_seed(bytes.first(kX25519Size)), "X25519 key");
  TRY_LET(pairs.ml_kem, openssl::key_from_seed(kMlKem, bytes.subspan(kX25519Size)), "ML-KEM key");
  return pairs;
}

Result<HybridPublicKey> public_key_of(const KeyPairs& pairs) {
  HybridPublicKey key;
  TRY_LET(key.x25519, openssl::raw_public_key(pairs.x25519.get()), "X25519 public key");
  TRY_LET(key.ml_kem_768, openssl::raw_public_key(pairs.ml_kem.get()), "ML-KEM public key");
  return key;
}

Result<openssl::Pkey> read_public(const char* type, ByteView bytes, std::size_t size) {
  if (bytes.size() != size) {
    return malformed(std::string("an ") + type + " public key has " + std::to_string(size) + " bytes, and " +
                     std::to_string(bytes.size()) + " were given");
  }
  openssl::Pkey key(EVP_PKEY_new_raw_public_key_ex(openssl::context(), type, nullptr, bytes.data(), bytes.size()));
  if (!key) return malformed(std::string("the ") + type + " public key is not valid");
  return key;
}

Result<SecretBytes> agree(EVP_PKEY* own, EVP_PKEY* other) {
  const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), own, nullptr));
  if (!ctx || EVP_PKEY_derive_init(ctx.get()) != 1 || EVP_PKEY_derive_set_peer(ctx.get(), other) != 1) {
    return openssl::failure("setting up X25519");
  }
  SecretBytes shared(kSharedSize);
  const auto room = shared.expose_mutable(SecretAccess{});
  std::size_t size = room.size();
  // Fails for the few points that would make the result zero whatever our key is (RFC 7748, 6.1).
  if (EVP_PKEY_derive(ctx.get(), room.data(), &size) != 1 || size != room.size()) {
    return malformed("the X25519 public key is a point of small order");
  }
  return shared;
}

struct Kem {
  Bytes ciphertext;
  SecretBytes shared;
};

Result<Kem> ml_kem_encapsulate(EVP_PKEY* to) {
  const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), to, nullptr));
  Kem kem{Bytes(kMlKem768CiphertextSize), SecretBytes(kSharedSize)};
  const auto room = kem.shared.expose_mutable(SecretAccess{});
  std::size_t ciphertext_size = kem.ciphertext.size();
  std::size_t shared_size = room.size();
  if (!ctx || EVP_PKEY_encapsulate_init(ctx.get(), nullptr) != 1 ||
      EVP_PKEY_encapsulate(ctx.get(), kem.ciphertext.data(), &ciphertext_size, room.data(), &shared_size) != 1 ||
      ciphertext_size != kem.ciphertext.size() || shared_size != room.size()) {
    return openssl::failure("ML-KEM encapsulation");
  }
  return kem;
}

Result<SecretBytes> ml_kem_decapsulate(EVP_PKEY* own, ByteView ciphertext) {
  const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), own, nullptr));
  SecretBytes shared(kSharedSize);
  const auto room = shared.expose_mutable(SecretAccess{});
  std::size_t size = room.size();
  if (!ctx || EVP_PKEY_decapsulate_init(ctx.get(), nullptr) != 1 ||
      EVP_PKEY_decapsulate(ctx.get(), room.data(), &size, ciphertext.data(), ciphertext.size()) != 1 ||
      size != room.size()) {
    return openssl::failure("ML-KEM decapsulation");
  }
  return shared;
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

Result<openssl::Pkey> ephemeral_x25519() {
  openssl::Pkey key(EVP_PKEY_Q_keygen(openssl::context(), nullptr, kX25519));
  if (!key) return openssl::failure("making the ephemeral X25519 key");
  return key;
}

}  // namespace

Result<HybridPublicKey> hybrid_public_key(const SecretBytes& seed) {
  TRY_LET(const KeyPairs pairs, key_pairs(seed), "make hybrid key");
  return public_key_of(pairs);
}

Result<HybridEncapsulation> hybrid_encapsulate(const HybridPublicKey& to) {
  TRY_LET(const auto to_x25519, read_public(kX25519, to.x25519, kX25519Size), "read X25519 public key");
  TRY_LET(const auto to_ml_kem, read_public(kMlKem, to.ml_kem_768, kMlKem768PublicSize), "read ML-KEM public key");
  TRY_LET(const auto ephemeral, ephemeral_x25519(), "make ephemeral key");
  HybridEncapsulation result;
  TRY_LET(result.ciphertext.x25519, openssl::raw_public_key(ephemeral.get()), "ephemeral public key");
  TRY_LET(const SecretBytes x25519_shared, agree(ephemeral.get(), to_x25519.get()), "X25519");
  TRY_LET(Kem kem, ml_kem_encapsulate(to_ml_kem.get()), "ML-KEM");
  result.ciphertext.ml_kem_768 = std::move(kem.ciphertext);
  TRY_LET(result.shared, combine(kem.shared, x25519_shared, result.ciphertext, to), "combine the two secrets");
  return result;
}

Result<SecretBytes> hybrid_decapsulate(const SecretBytes& seed, const HybridCiphertext& ciphertext) {
  if (ciphertext.ml_kem_768.size() != kMlKem768CiphertextSize) {
    return malformed("an ML-KEM-768 ciphertext has " + std::to_string(kMlKem768CiphertextSize) + " bytes, and " +
                     std::to_string(ciphertext.ml_kem_768.size()) + " were given");
  }
  TRY_LET(const auto ephemeral, read_public(kX25519, ciphertext.x25519, kX25519Size), "read ephemeral key");
  TRY_LET(const KeyPairs pairs, key_pairs(seed), "make hybrid key");
  TRY_LET(const HybridPublicKey to, public_key_of(pairs), "hybrid public key");
  TRY_LET(const SecretBytes x25519_shared, agree(pairs.x25519.get(), ephemeral.get()), "X25519");
  TRY_LET(const SecretBytes ml_kem_shared, ml_kem_decapsulate(pairs.ml_kem.get(), ciphertext.ml_kem_768), "ML-KEM");
  return combine(ml_kem_shared, x25519_shared, ciphertext, to);
}

}  // namespace holdfast::crypto
