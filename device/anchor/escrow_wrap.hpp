// Sealing the root to a random secret that officers share.
#pragma once

#include "core/clock.hpp"
#include "crypto/certificate.hpp"
#include "device/anchor/slot.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

/// A certificate to which a share shall be encrypted.
struct OfficerCertificate {
  std::string place;  ///< the file, for messages
  crypto::CertificateChain chain;
};

struct EscrowRequest {
  std::vector<OfficerCertificate> officers;
  unsigned threshold = 0;
  std::string name;  ///< empty for the beginning of the anchor's id
};

/// Whether an escrow can be made of this at `now`: 2 to 16 officers of whom 2 or more open it, each with a certificate
/// that takes encryption, and none twice. ErrorCode::usage or ErrorCode::refused, naming the officer and what to do.
[[nodiscard]] Result<void> check_escrow_request(const EscrowRequest& request, Timestamp now);

/// The random secret that the officers will share: crypto::kSharedSecretSize bytes.
[[nodiscard]] Result<SecretBytes> make_escrow_secret();

/// A slot that opens with `secret`, of which each officer has a share, encrypted. The root is encrypted to a key pair
/// derived from the secret, so that a rotation can wrap a new root without the officers; a second key from it
/// authenticates the wrap, so that nobody who can write the file can plant a root of their own.
[[nodiscard]] Result<EscrowSlot> make_escrow_slot(const Root& root, const SecretBytes& secret,
                                                  const EscrowRequest& request, Timestamp now);

/// The same slot for the root of a later epoch, without the officers. ErrorCode::malformed where the slot was altered,
/// or is not of the epoch of `before`.
[[nodiscard]] Result<EscrowSlot> rewrap_escrow_slot(const EscrowSlot& slot, const Root& before, const Root& after);

/// ErrorCode::wrong_passphrase when the secret is another one; ErrorCode::malformed when it is right and the slot was
/// altered.
[[nodiscard]] Result<Root> open_escrow_slot(const EscrowSlot& slot, const AnchorId& anchor, const SecretBytes& secret);

}  // namespace holdfast::anchor
