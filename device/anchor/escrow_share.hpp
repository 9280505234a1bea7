// An officer's share of an escrow, opened: text that is secret. docs/formats/escrow-share.md specifies it.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/anchor/escrow_slot.hpp"

#include <string>

namespace holdfast::anchor {

inline constexpr std::size_t kMaxOpenedShare = 4096;

struct EscrowShare {
  AnchorId anchor;
  SlotId escrow;
  std::string name;     ///< of the escrow; from whoever wrote the share
  std::string officer;  ///< subject of the certificate; likewise
  unsigned index = 0;   ///< from 1
  unsigned count = 0;
  unsigned threshold = 0;
  SecretBytes value;  ///< crypto::kShareSize bytes
};

/// The text of a share. Name and officer hold no line ends.
[[nodiscard]] Result<SecretBytes> format_share(const EscrowShare& share);

/// ErrorCode::malformed for what is no share, and for a share that was damaged, which its digest shows. Whoever alters
/// a share can also make a digest: the escrow slot knows which share is the right one.
[[nodiscard]] Result<EscrowShare> parse_share(const SecretBytes& text);

}  // namespace holdfast::anchor
