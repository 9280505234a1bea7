#include "device/keys/key_material.hpp"

#include <utility>

#include "crypto/hash.hpp"
#include "crypto/hybrid_kem.hpp"
#include "crypto/kdf.hpp"
#include "crypto/random.hpp"
#include "device/keys/derive.hpp"

namespace holdfast::keys {
namespace {

constexpr std::string_view kCheckPurpose = "key-check";

Result<PublicHalf> half_with(Bytes public_key) {
  PublicHalf half{.public_key = std::move(public_key), .public_sha256 = {}, .key_check = {}};
  TRY_LET(half.public_sha256, crypto::hash(crypto::HashAlgorithm::sha256, {half.public_key}), "hash public key");
  return half;
}

Result<PublicHalf> half_of_bytes(crypto::KeyAlgorithm algorithm, const SecretBytes& bytes) {
  if (algorithm == crypto::KeyAlgorithm::x25519_ml_kem_768) {
    TRY_LET(const auto hybrid, crypto::hybrid_public_key(bytes), "make hybrid public key");
    Bytes joined = hybrid.classical;
    append(joined, hybrid.ml_kem_768);
    return half_with(std::move(joined));
  }
  PublicHalf half;
  TRY_LET(half.key_check, crypto::hmac_sha256(bytes, {crypto::label(kCheckPurpose)}), "make key check");
  return half;
}

}  // namespace

bool is_plain_bytes(crypto::KeyAlgorithm algorithm) { return crypto::row_of(algorithm).openssl_name.empty(); }

Result<PublicHalf> public_half_of(crypto::KeyAlgorithm algorithm, const KeyMaterial& material) {
  if (const auto* const bytes = std::get_if<SecretBytes>(&material)) return half_of_bytes(algorithm, *bytes);
  TRY_LET(auto der, std::get<crypto::PrivateKey>(material).public_key().to_der(), "write public key");
  return half_with(std::move(der));
}

Result<KeyMaterial> derive_material(const anchor::Root& root, const KeyId& id, crypto::KeyAlgorithm algorithm,
                                    const std::function<void()>& progress) {
  if (!is_plain_bytes(algorithm)) {
    TRY_LET(auto key, derive_identity_key(root, id, algorithm, progress), "derive key pair");
    return KeyMaterial(std::move(key));
  }
  TRY_LET(auto bytes, identity_key_material(root, id, algorithm), "derive key");
  return KeyMaterial(std::move(bytes));
}

Result<KeyMaterial> generate_material(crypto::KeyAlgorithm algorithm, const std::function<void()>& progress) {
  if (!is_plain_bytes(algorithm)) {
    TRY_LET(auto key, crypto::PrivateKey::generate(algorithm, progress), "generate key pair");
    return KeyMaterial(std::move(key));
  }
  TRY_LET(auto bytes, crypto::random_secret(crypto::row_of(algorithm).derivation_size), "draw key");
  return KeyMaterial(std::move(bytes));
}

Result<SecretBytes> stored_form_of(const KeyMaterial& material) {
  if (const auto* const bytes = std::get_if<SecretBytes>(&material)) {
    return SecretBytes::copy_of(bytes->expose(SecretAccess{}));
  }
  return std::get<crypto::PrivateKey>(material).to_pkcs8();
}

Result<KeyMaterial> material_from_stored(crypto::KeyAlgorithm algorithm, SecretBytes stored) {
  if (!is_plain_bytes(algorithm)) {
    TRY_LET(auto key, crypto::PrivateKey::parse_pkcs8(stored, crypto::PairCheck::none), "read stored key");
    return KeyMaterial(std::move(key));
  }
  if (stored.size() != crypto::row_of(algorithm).derivation_size) {
    return Error(ErrorCode::malformed,
                 "the stored key has another size than " + std::string(crypto::row_of(algorithm).name) + " keys have");
  }
  return KeyMaterial(std::move(stored));
}

}  // namespace holdfast::keys
