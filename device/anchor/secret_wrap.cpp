#include "device/anchor/secret_wrap.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "crypto/compare.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "crypto/module.hpp"
#include "crypto/random.hpp"
#include "device/anchor/slot.hpp"

namespace holdfast::anchor {
namespace {

// The FIPS provider does not have X25519.
crypto::HybridGroup usual_group() {
  return crypto::current_module() == crypto::Module::fips ? crypto::HybridGroup::p384 : crypto::HybridGroup::x25519;
}

// Both from the secret alone: the pair that the root is encrypted to, and the key that authenticates the wrap.
Result<SecretBytes> from_secret(const SecretBytes& secret, std::string_view purpose, const AnchorId& anchor,
                                const SecretSlot& slot, std::size_t size) {
  Bytes info = crypto::label(purpose);
  append_lp(info, anchor.bytes);
  append_lp(info, slot.id.bytes);
  return crypto::hkdf(secret, slot.salt, info, size);
}

Result<SecretBytes> key_seed(const SecretBytes& secret, const AnchorId& anchor, const SecretSlot& slot,
                             const SecretKind& kind) {
  return from_secret(secret, kind.key_pair, anchor, slot, crypto::seed_size_of(slot.public_key.group));
}

Result<SecretBytes> authentication_key(const SecretBytes& secret, const AnchorId& anchor, const SecretSlot& slot,
                                       const SecretKind& kind) {
  return from_secret(secret, kind.authentication, anchor, slot, 32);
}

// Anchor id, epoch and public key are inside the associated data.
Result<Bytes> authenticate(const SecretSlot& slot, ByteView associated, const SecretBytes& key,
                           const SecretKind& kind) {
  Bytes message = crypto::label(kind.wrap);
  append_lp(message, associated);
  append_lp(message, slot.ciphertext.classical);
  append_lp(message, slot.ciphertext.ml_kem_768);
  append_lp(message, slot.wrapped);
  return crypto::hmac_sha256(key, {message});
}

// Fills in all that depends on the root.
Result<void> wrap_for(SecretSlot& slot, Json parameters, const Root& root, const SecretBytes& authentication,
                      const SecretKind& kind) {
  slot.epoch = root.epoch();
  parameters["epoch"] = slot.epoch.number;
  TRY_LET(const auto associated, associated_data(root.anchor(), slot.epoch, parameters), "bind slot");
  TRY_LET(auto encapsulation, crypto::hybrid_encapsulate(slot.public_key), "encapsulate to the slot's key");
  slot.ciphertext = std::move(encapsulation.ciphertext);
  TRY_LET(slot.wrapped, crypto::wrap_secret(encapsulation.shared, associated, root.secret()), "wrap root");
  TRY_LET(slot.authentication, authenticate(slot, associated, authentication, kind), "authenticate wrap");
  TRY_LET(const auto keeping, root.key(kind.authentication_key, slot.id.bytes), "derive wrapping key");
  TRY_LET(slot.authentication_key, crypto::wrap_secret(keeping, associated, authentication), "keep authentication key");
  return {};
}

}  // namespace

Result<void> begin_secret_slot(SecretSlot& slot, const AnchorId& anchor, const SecretBytes& secret,
                               const SecretKind& kind) {
  TRY(crypto::fill_random(slot.id.bytes), "choose slot id");
  TRY_LET(slot.salt, crypto::random_bytes(kSlotSaltSize), "choose slot salt");
  slot.public_key.group = usual_group();
  TRY_LET(const auto seed, key_seed(secret, anchor, slot, kind), "derive key pair");
  TRY_LET(slot.public_key, crypto::hybrid_public_key(seed, slot.public_key.group), "derive public key");
  return {};
}

Result<void> seal_to_secret(SecretSlot& slot, Json parameters, const Root& root, const SecretBytes& secret,
                            const SecretKind& kind) {
  TRY_LET(const auto authentication, authentication_key(secret, root.anchor(), slot, kind),
          "derive authentication key");
  return wrap_for(slot, std::move(parameters), root, authentication, kind);
}

Result<void> reseal_to_secret(SecretSlot& slot, Json parameters, const Root& before, const Root& after,
                              const SecretKind& kind) {
  TRY_LET(const auto associated, associated_data(before.anchor(), slot.epoch, parameters), "bind slot");
  TRY_LET(const auto keeping, before.key(kind.authentication_key, slot.id.bytes), "derive wrapping key");
  TRY_LET(const auto authentication, crypto::unwrap_secret(keeping, associated, slot.authentication_key),
          "find authentication key");
  return wrap_for(slot, std::move(parameters), after, authentication, kind);
}

Result<Root> open_with_secret(const SecretSlot& slot, const Json& parameters, const AnchorId& anchor,
                              const SecretBytes& secret, const SecretKind& kind) {
  TRY_LET(const auto seed, key_seed(secret, anchor, slot, kind), "derive key pair");
  TRY_LET(const auto public_key, crypto::hybrid_public_key(seed, slot.public_key.group), "derive public key");
  if (public_key != slot.public_key) return Error(ErrorCode::wrong_passphrase, kind.another_secret);
  TRY_LET(const auto associated, associated_data(anchor, slot.epoch, parameters), "bind slot");
  TRY_LET(const auto key, authentication_key(secret, anchor, slot, kind), "derive authentication key");
  TRY_LET(const auto expected, authenticate(slot, associated, key, kind), "authenticate wrap");
  if (!crypto::ct_equal(expected, slot.authentication)) return Error(ErrorCode::malformed, kind.altered);
  TRY_LET(const auto shared, crypto::hybrid_decapsulate(seed, slot.ciphertext, slot.public_key.group), "decapsulate");
  TRY_LET(auto root, crypto::unwrap_secret(shared, associated, slot.wrapped), "unwrap root");
  return Root(anchor, slot.epoch, std::move(root));
}

}  // namespace holdfast::anchor
