// The slot that opens with a noisy source alone.
#pragma once

#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/slot.hpp"

namespace holdfast::anchor {

/// The slot as the anchor file holds it.
[[nodiscard]] Json puf_slot_json(const PufSlot& slot);
/// ErrorCode::malformed names `what` and the member.
[[nodiscard]] Result<Slot> parse_puf_slot(const Json& json, const std::string& what);

/// A slot with a fresh id and fresh salts that wraps `root`. ErrorCode::internal where the source is not present: the
/// caller has made sure that it is, and that it gives the secret that was enrolled.
[[nodiscard]] Result<PufSlot> make_puf_slot(const Root& root, const NoisyFactor& factor,
                                            const fingerprint::Fingerprint& fingerprint);

/// ErrorCode::does_not_open where the source is not available, with the reason, or does not open the slot: another
/// device, too many errors and altered helper data alike. ErrorCode::malformed where the source opens an altered slot.
[[nodiscard]] Result<Root> open_puf_slot(const PufSlot& slot, const AnchorId& anchor,
                                         const fingerprint::Fingerprint& fingerprint);

}  // namespace holdfast::anchor
