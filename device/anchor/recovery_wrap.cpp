#include "device/anchor/recovery_wrap.hpp"

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "crypto/compare.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "crypto/module.hpp"
#include "crypto/random.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::string_view kAuthenticationKeyPurpose = "recovery-authentication-key";

// The FIPS provider does not have X25519.
crypto::HybridGroup usual_group() {
  return crypto::current_module() == crypto::Module::fips ? crypto::HybridGroup::p384 : crypto::HybridGroup::x25519;
}

// Both from the code alone: the pair that the root is encrypted to, and the key that authenticates the wrap.
Result<SecretBytes> from_code(const SecretBytes& code, std::string_view purpose, const AnchorId& anchor,
                              const RecoverySlot& slot, std::size_t size) {
  Bytes info = crypto::label(purpose);
  append_lp(info, anchor.bytes);
  append_lp(info, slot.id.bytes);
  return crypto::hkdf(code, slot.salt, info, size);
}

Result<SecretBytes> key_seed(const SecretBytes& code, const AnchorId& anchor, const RecoverySlot& slot) {
  return from_code(code, "recovery-key-pair", anchor, slot, crypto::seed_size_of(slot.public_key.group));
}

Result<SecretBytes> authentication_key(const SecretBytes& code, const AnchorId& anchor, const RecoverySlot& slot) {
  return from_code(code, "recovery-authentication", anchor, slot, 32);
}

// Anchor id, epoch and public key are inside the associated data.
Result<Bytes> authenticate(const RecoverySlot& slot, ByteView associated, const SecretBytes& key) {
  Bytes message = crypto::label("recovery-wrap");
  append_lp(message, associated);
  append_lp(message, slot.ciphertext.classical);
  append_lp(message, slot.ciphertext.ml_kem_768);
  append_lp(message, slot.wrapped);
  return crypto::hmac_sha256(key, {message});
}

// Fills in all that depends on the root. The slot has its id, salt and public key.
Result<void> wrap_for(RecoverySlot& slot, const Root& root, const SecretBytes& authentication) {
  slot.epoch = root.epoch();
  TRY_LET(const auto associated, associated_data(root.anchor(), slot.epoch, parameters_of(slot)), "bind slot");
  TRY_LET(auto encapsulation, crypto::hybrid_encapsulate(slot.public_key), "encapsulate to recovery key");
  slot.ciphertext = std::move(encapsulation.ciphertext);
  TRY_LET(slot.wrapped, crypto::wrap_secret(encapsulation.shared, associated, root.secret()), "wrap root");
  TRY_LET(slot.authentication, authenticate(slot, associated, authentication), "authenticate wrap");
  TRY_LET(const auto keeping, root.key(kAuthenticationKeyPurpose, slot.id.bytes), "derive wrapping key");
  TRY_LET(slot.authentication_key, crypto::wrap_secret(keeping, associated, authentication), "keep authentication key");
  return {};
}

}  // namespace

Result<RecoverySlot> make_recovery_slot(const Root& root, const SecretBytes& code) {
  RecoverySlot slot;
  TRY(crypto::fill_random(slot.id.bytes), "choose slot id");
  TRY_LET(slot.salt, crypto::random_bytes(kSlotSaltSize), "choose slot salt");
  slot.public_key.group = usual_group();
  TRY_LET(const auto seed, key_seed(code, root.anchor(), slot), "derive recovery key pair");
  TRY_LET(slot.public_key, crypto::hybrid_public_key(seed, slot.public_key.group), "derive recovery public key");
  TRY_LET(const auto authentication, authentication_key(code, root.anchor(), slot), "derive authentication key");
  TRY(wrap_for(slot, root, authentication), "wrap root");
  return slot;
}

Result<RecoverySlot> rewrap_recovery_slot(const RecoverySlot& slot, const Root& before, const Root& after) {
  TRY_LET(const auto associated, associated_data(before.anchor(), slot.epoch, parameters_of(slot)), "bind slot");
  TRY_LET(const auto keeping, before.key(kAuthenticationKeyPurpose, slot.id.bytes), "derive wrapping key");
  TRY_LET(const auto authentication, crypto::unwrap_secret(keeping, associated, slot.authentication_key),
          "find authentication key");
  RecoverySlot renewed = slot;
  TRY(wrap_for(renewed, after, authentication), "wrap root");
  return renewed;
}

Result<Root> open_recovery_slot(const RecoverySlot& slot, const AnchorId& anchor, const SecretBytes& code) {
  TRY_LET(const auto seed, key_seed(code, anchor, slot), "derive recovery key pair");
  TRY_LET(const auto public_key, crypto::hybrid_public_key(seed, slot.public_key.group), "derive recovery public key");
  if (public_key != slot.public_key) {
    return Error(ErrorCode::wrong_passphrase,
                 "this recovery code belongs to another anchor, or was replaced by a newer one");
  }
  TRY_LET(const auto associated, associated_data(anchor, slot.epoch, parameters_of(slot)), "bind slot");
  TRY_LET(const auto key, authentication_key(code, anchor, slot), "derive authentication key");
  TRY_LET(const auto expected, authenticate(slot, associated, key), "authenticate wrap");
  if (!crypto::ct_equal(expected, slot.authentication)) {
    return Error(ErrorCode::malformed,
                 "the recovery slot of the anchor was altered; restore the anchor file from a backup");
  }
  TRY_LET(const auto shared, crypto::hybrid_decapsulate(seed, slot.ciphertext, slot.public_key.group), "decapsulate");
  TRY_LET(auto root, crypto::unwrap_secret(shared, associated, slot.wrapped), "unwrap root");
  return Root(anchor, slot.epoch, std::move(root));
}

}  // namespace holdfast::anchor
