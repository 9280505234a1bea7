// Sealing the root to a random secret that lies somewhere else. The recovery code and the officers' shares use it, each
// with labels of its own.
#pragma once

#include "device/anchor/secret_slot.hpp"

#include <string_view>

namespace holdfast::anchor {

/// What keeps one kind of secret apart from another.
struct SecretKind {
  std::string_view key_pair;            ///< label of the pair that the root is encrypted to
  std::string_view authentication;      ///< label of the key that authenticates the wrap
  std::string_view wrap;                ///< label of what is authenticated
  std::string_view authentication_key;  ///< purpose of the key from the root that keeps that key
  const char* another_secret;           ///< what is said where the secret is another slot's
  const char* altered;                  ///< what is said where it is this slot's, and the slot was altered
};

/// Chooses id and salt of a new slot, and finds the public key that `secret` determines.
[[nodiscard]] Result<void> begin_secret_slot(SecretSlot& slot, const AnchorId& anchor, const SecretBytes& secret,
                                             const SecretKind& kind);

// `parameters` are those of the slot, of whatever kind: with them its wrap is bound. Their epoch is set here.

/// Wraps the root. The slot has its id, salt and public key.
[[nodiscard]] Result<void> seal_to_secret(SecretSlot& slot, Json parameters, const Root& root,
                                          const SecretBytes& secret, const SecretKind& kind);

/// Wraps the root of a later epoch. Needs no secret: the slot has the public key, and keeps under `before` the key that
/// authenticates. ErrorCode::malformed where the slot was altered, or is not of the epoch of `before`.
[[nodiscard]] Result<void> reseal_to_secret(SecretSlot& slot, Json parameters, const Root& before, const Root& after,
                                            const SecretKind& kind);

/// ErrorCode::wrong_passphrase when the secret is another one; ErrorCode::malformed when it is right and the slot was
/// altered.
[[nodiscard]] Result<Root> open_with_secret(const SecretSlot& slot, const Json& parameters, const AnchorId& anchor,
                                            const SecretBytes& secret, const SecretKind& kind);

}  // namespace holdfast::anchor
