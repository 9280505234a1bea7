// How much an anchor is worth, and why.
#pragma once

#include "device/anchor/anchor_file.hpp"
#include "device/fingerprint/quorum.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

struct Assurance {
  fingerprint::Tier tier =
      fingerprint::Tier::declared;  ///< of the weakest slot of any kept root; recovery and escrow stand apart
  std::string reason;               ///< a sentence for people
  unsigned weakest_bits = 0;        ///< of the weakest quorum, without a passphrase, which is not measured
  unsigned weakest_hardware_bits = 0;
  std::vector<std::string> warnings;  ///< sentences for people, most important first
};

/// What a fingerprint slot is worth by itself.
[[nodiscard]] fingerprint::QuorumWorth worth_of(const FingerprintSlot& slot);
/// The tier of the fingerprint slot that the file has; declared where it has none.
[[nodiscard]] fingerprint::Tier slot_tier(const AnchorFile& file);
/// The lowest tier of all fingerprint slots that ever wrapped the newest root.
[[nodiscard]] fingerprint::Tier lowest_tier_of_newest(const AnchorFile& file);

[[nodiscard]] Assurance assess(const AnchorFile& file);

}  // namespace holdfast::anchor
