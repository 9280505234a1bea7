#include "crypto/receiving_key.hpp"

#include "crypto/hash.hpp"
#include "crypto/pem.hpp"

namespace holdfast::crypto {
namespace {

constexpr auto kHybrid = KeyAlgorithm::x25519_ml_kem_768;
constexpr std::size_t kHybridPublicSize = kX25519Size + kMlKem768PublicSize;
constexpr std::size_t kHybridCiphertextSize = kX25519Size + kMlKem768CiphertextSize;

Error cannot_receive(ErrorCode code, KeyAlgorithm algorithm) {
  return {code, "nothing can be encrypted to " + std::string(row_of(algorithm).name) +
                    " keys; use one of: " + list_receiving_algorithms()};
}

Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Bytes joined(const Bytes& one, const Bytes& two) {
  Bytes bytes = one;
  append(bytes, two);
  return bytes;
}

}  // namespace

std::string list_receiving_algorithms() {
  std::string text;
  for (const KeyRow& row : key_algorithms()) {
    if (can(row, KeyUse::decapsulate)) text += (text.empty() ? "" : ", ") + std::string(row.name);
  }
  return text;
}

std::size_t receiving_ciphertext_size(KeyAlgorithm algorithm) {
  return algorithm == kHybrid ? kHybridCiphertextSize : kem_ciphertext_size(algorithm);
}

Result<ReceivingPublicKey> ReceivingPublicKey::parse(ByteView pem_or_der) {
  if (pem_name(pem_or_der) != kHybridPemName) {
    TRY_LET(auto key, PublicKey::parse(pem_or_der), "read public key");
    return create(std::move(key));
  }
  TRY_LET(const Bytes bytes, read_pem(pem_or_der, kHybridPemName), "read PEM");
  if (bytes.size() != kHybridPublicSize) {
    return Error(ErrorCode::malformed, "a hybrid public key has " + std::to_string(kHybridPublicSize) + " bytes, and " +
                                           std::to_string(bytes.size()) + " were found");
  }
  const ByteView view = bytes;
  return create(
      HybridPublicKey{.classical = copy(view.first(kX25519Size)), .ml_kem_768 = copy(view.subspan(kX25519Size))});
}

Result<ReceivingPublicKey> ReceivingPublicKey::create(PublicKey key) {
  if (row_of(key.algorithm()).family != Family::ml_kem) return cannot_receive(ErrorCode::refused, key.algorithm());
  return ReceivingPublicKey(Key(std::move(key)));
}

Result<ReceivingPublicKey> ReceivingPublicKey::create(HybridPublicKey key) {
  TRY(check_hybrid_public_key(key), "check hybrid public key");
  return ReceivingPublicKey(Key(std::move(key)));
}

KeyAlgorithm ReceivingPublicKey::algorithm() const {
  const auto* const key = std::get_if<PublicKey>(&key_);
  return key == nullptr ? kHybrid : key->algorithm();
}

Result<Bytes> ReceivingPublicKey::public_bytes() const {
  if (const auto* const key = std::get_if<PublicKey>(&key_)) return key->to_der();
  const auto& key = std::get<HybridPublicKey>(key_);
  return joined(key.classical, key.ml_kem_768);
}

Result<std::string> ReceivingPublicKey::to_pem() const {
  if (const auto* const key = std::get_if<PublicKey>(&key_)) return key->to_pem();
  TRY_LET(const Bytes bytes, public_bytes(), "write public key");
  return write_pem(kHybridPemName, bytes);
}

Result<Bytes> ReceivingPublicKey::fingerprint() const {
  TRY_LET(const Bytes bytes, public_bytes(), "write public key");
  return hash(HashAlgorithm::sha256, {bytes});
}

Result<Encapsulation> ReceivingPublicKey::encapsulate() const {
  if (const auto* const key = std::get_if<PublicKey>(&key_)) return crypto::encapsulate(*key);
  TRY_LET(auto hybrid, hybrid_encapsulate(std::get<HybridPublicKey>(key_)), "encapsulate to hybrid key");
  return Encapsulation{joined(hybrid.ciphertext.classical, hybrid.ciphertext.ml_kem_768), std::move(hybrid.shared)};
}

Result<ReceivingKey> ReceivingKey::derive(KeyAlgorithm algorithm, const SecretBytes& uniform) {
  if (!can(row_of(algorithm), KeyUse::decapsulate)) return cannot_receive(ErrorCode::usage, algorithm);
  if (algorithm != kHybrid) {
    TRY_LET(auto key, PrivateKey::derive(algorithm, uniform), "derive ML-KEM key");
    return create(std::move(key));
  }
  if (uniform.size() != kHybridSeedSize) {
    return Error(ErrorCode::usage, std::string(row_of(kHybrid).name) + " keys are derived from " +
                                       std::to_string(kHybridSeedSize) + " bytes, and " +
                                       std::to_string(uniform.size()) + " were given");
  }
  return ReceivingKey(Key(SecretBytes::copy_of(uniform.expose(SecretAccess{}))));
}

Result<ReceivingKey> ReceivingKey::create(PrivateKey key) {
  if (row_of(key.algorithm()).family != Family::ml_kem) return cannot_receive(ErrorCode::usage, key.algorithm());
  return ReceivingKey(Key(std::move(key)));
}

KeyAlgorithm ReceivingKey::algorithm() const {
  const auto* const key = std::get_if<PrivateKey>(&key_);
  return key == nullptr ? kHybrid : key->algorithm();
}

Result<ReceivingPublicKey> ReceivingKey::public_key() const {
  if (const auto* const key = std::get_if<PrivateKey>(&key_)) return ReceivingPublicKey::create(key->public_key());
  TRY_LET(auto key, hybrid_public_key(std::get<SecretBytes>(key_)), "compute hybrid public key");
  return ReceivingPublicKey::create(std::move(key));
}

Result<SecretBytes> ReceivingKey::decapsulate(ByteView ciphertext) const {
  if (const auto* const key = std::get_if<PrivateKey>(&key_)) return crypto::decapsulate(*key, ciphertext);
  if (ciphertext.size() != kHybridCiphertextSize) {
    return Error(ErrorCode::malformed, "a hybrid ciphertext has " + std::to_string(kHybridCiphertextSize) +
                                           " bytes, and " + std::to_string(ciphertext.size()) + " were given");
  }
  return hybrid_decapsulate(std::get<SecretBytes>(key_),
                            {copy(ciphertext.first(kX25519Size)), copy(ciphertext.subspan(kX25519Size))});
}

}  // namespace holdfast::crypto
