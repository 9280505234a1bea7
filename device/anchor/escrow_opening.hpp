// The officers' shares on their way out, encrypted, and back, opened.
#pragma once

#include "device/anchor/escrow_share.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

/// HKDF(value, slot's salt, label("escrow-share-check") || LP(anchor id) || LP(slot id) || u32(index)): by which a
/// share is known again. Values are random numbers of 256 bits: nobody finds one from this.
[[nodiscard]] Result<Bytes> check_of(const EscrowSlot& slot, const AnchorId& anchor, const EscrowShare& share);

/// An encrypted share as a file: what it is and how it is opened, for people, and the block "CMS". Not secret.
[[nodiscard]] Result<std::string> share_file(const AnchorId& anchor, const EscrowSlot& slot, std::size_t officer);

/// An opened share as it came.
struct GivenShare {
  std::string place;  ///< the file, for messages
  SecretBytes text;
};

/// The secret that opens the slot. Each share is judged by itself, and named by its place and its officer:
/// ErrorCode::wrong_passphrase for one of another anchor, or of an escrow that was replaced; ErrorCode::malformed for
/// one that was altered; ErrorCode::usage for one that was given twice; ErrorCode::does_not_open where there are too
/// few.
[[nodiscard]] Result<SecretBytes> recombine(const EscrowSlot& slot, const AnchorId& anchor,
                                            const std::vector<GivenShare>& given);

}  // namespace holdfast::anchor
