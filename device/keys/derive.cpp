#include "device/keys/derive.hpp"

#include "core/encoding.hpp"

namespace holdfast::keys {

bool is_derived_at_once(crypto::KeyAlgorithm algorithm) {
  return crypto::row_of(algorithm).family != crypto::Family::rsa;
}

Result<SecretBytes> identity_key_material(const anchor::Root& root, const KeyId& id, crypto::KeyAlgorithm algorithm) {
  const auto& row = crypto::row_of(algorithm);
  Bytes context;
  append_lp(context, as_bytes(row.name));
  append_lp(context, as_bytes(id.name.text()));
  append_u32(context, id.version.number);
  return root.key("identity-key", context, row.derivation_size);
}

Result<crypto::PrivateKey> derive_identity_key(const anchor::Root& root, const KeyId& id,
                                               crypto::KeyAlgorithm algorithm, const std::function<void()>& progress) {
  TRY_LET(const auto material, identity_key_material(root, id, algorithm), "derive key material");
  return crypto::PrivateKey::derive(algorithm, material, progress);
}

Result<SecretBytes> derive_store_key(const anchor::Root& root) { return root.key("key-store"); }

}  // namespace holdfast::keys
