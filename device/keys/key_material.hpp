// The secret of a key in memory: a key pair for most algorithms, plain bytes for data keys and hybrid keys.
#pragma once

#include <functional>
#include <variant>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/key_pair.hpp"
#include "device/anchor/root.hpp"
#include "device/keys/key_name.hpp"

namespace holdfast::keys {

/// Movable only, and wiped when it goes. Which alternative it holds follows from the algorithm.
using KeyMaterial = std::variant<crypto::PrivateKey, SecretBytes>;

/// Whether keys of this algorithm are plain bytes (aes-256, x25519-ml-kem-768).
[[nodiscard]] bool is_plain_bytes(crypto::KeyAlgorithm algorithm);

/// What may be known about a key by everybody.
struct PublicHalf {
  Bytes public_key;     ///< DER SubjectPublicKeyInfo; X25519 and ML-KEM keys in this order for the hybrid; or empty
  Bytes public_sha256;  ///< of `public_key`, where there is one
  Bytes key_check;      ///< where there is none: HMAC-SHA-256(key, "holdfast/v1/key-check")

  bool operator==(const PublicHalf&) const = default;
};

[[nodiscard]] Result<PublicHalf> public_half_of(crypto::KeyAlgorithm algorithm, const KeyMaterial& material);

/// The same key for the same root, id and algorithm, for ever (derive.hpp). `progress` is called now and then
/// where that takes long.
[[nodiscard]] Result<KeyMaterial> derive_material(const anchor::Root& root, const KeyId& id,
                                                  crypto::KeyAlgorithm algorithm,
                                                  const std::function<void()>& progress = {});
[[nodiscard]] Result<KeyMaterial> generate_material(crypto::KeyAlgorithm algorithm,
                                                    const std::function<void()>& progress = {});

/// The secret as a key file stores it: PKCS #8, or the bytes themselves.
[[nodiscard]] Result<SecretBytes> stored_form_of(const KeyMaterial& material);
/// Back from bytes that were authenticated. ErrorCode::malformed where they are no key of this algorithm.
[[nodiscard]] Result<KeyMaterial> material_from_stored(crypto::KeyAlgorithm algorithm, SecretBytes stored);

}  // namespace holdfast::keys
