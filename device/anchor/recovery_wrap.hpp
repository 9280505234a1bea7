// Sealing the root to the recovery code.
#pragma once

#include "device/anchor/slot.hpp"

namespace holdfast::anchor {

/// A slot that opens with `code` (kRecoveryCodeSize bytes). The root is encrypted to a key pair derived from
/// the code, so that a rotation can wrap a new root without the code; a second key from the code
/// authenticates the wrap, so that nobody who can write the file can plant a root of their own.
[[nodiscard]] Result<RecoverySlot> make_recovery_slot(const Root& root, const SecretBytes& code);

/// The same slot for the root of a later epoch. Needs no code: the slot has the public key, and keeps under `before`
/// the key that authenticates. ErrorCode::malformed where the slot was altered, or is not of the epoch of `before`.
[[nodiscard]] Result<RecoverySlot> rewrap_recovery_slot(const RecoverySlot& slot, const Root& before,
                                                        const Root& after);

/// ErrorCode::wrong_passphrase when the code is another one; ErrorCode::malformed when the code is right and
/// the slot was altered.
[[nodiscard]] Result<Root> open_recovery_slot(const RecoverySlot& slot, const AnchorId& anchor,
                                              const SecretBytes& code);

}  // namespace holdfast::anchor
