// Opening an anchor.
#pragma once

#include "device/anchor/escrow_opening.hpp"
#include "device/anchor/origin.hpp"
#include "device/anchor/quorum_wrap.hpp"
#include "device/anchor/remembered.hpp"
#include "device/anchor/state_folder.hpp"

#include <optional>

namespace holdfast::anchor {

/// An anchor whose root is open and whose file has been verified under it.
struct OpenedAnchor {
  AnchorFile file;
  Roots roots;
  bool by_noisy_alone = false;  ///< the noisy source's own slot opened it; nothing has shown that a passphrase is right
};

/// Opens with this device's attributes and required factors. ErrorCode::does_not_open for a wrong device, a
/// missing quorum and a wrong required factor alike; ErrorCode::malformed where the file was altered. Where the
/// fingerprint slot does not open, a noisy source with a slot of its own is tried.
[[nodiscard]] Result<OpenedAnchor> open_with_fingerprint(UnverifiedAnchorFile file, const Factors& factors,
                                                         Search search, const SearchProgress& progress = {});

/// Opens with the recovery code (as typed). ErrorCode::wrong_passphrase where it is not the anchor's;
/// ErrorCode::not_found where the anchor has no recovery slot.
[[nodiscard]] Result<OpenedAnchor> open_with_recovery_code(UnverifiedAnchorFile file, const SecretBytes& typed);

/// Opens with the officers' shares. Errors as recombine has them; ErrorCode::not_found where the anchor has no escrow.
[[nodiscard]] Result<OpenedAnchor> open_with_escrow(UnverifiedAnchorFile file, const std::vector<GivenShare>& shares);

/// What changed since the anchor last saw this device.
[[nodiscard]] Result<DriftReport> drift_of(const OpenedAnchor& anchor, const fingerprint::Fingerprint& today);

/// What speaks for a copy, since the anchor was made or last migrated. Nothing where it noted no origin.
[[nodiscard]] Result<std::vector<CloneSign>> clone_signs_of(const OpenedAnchor& anchor,
                                                            const fingerprint::Origin& today);

}  // namespace holdfast::anchor
