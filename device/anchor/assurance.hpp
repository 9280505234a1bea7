// How much an anchor is worth, and why.
#pragma once

#include "device/anchor/anchor_file.hpp"
#include "device/fingerprint/quorum.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

struct Assurance {
  fingerprint::Tier tier = fingerprint::Tier::declared;  ///< of the weakest slot; recovery stands apart
  std::string reason;                                    ///< a sentence for people
  unsigned weakest_bits = 0;  ///< of the weakest quorum, without a passphrase, which is not measured
  unsigned weakest_hardware_bits = 0;
  std::vector<std::string> warnings;  ///< sentences for people, most important first
};

[[nodiscard]] Assurance assess(const AnchorFile& file);

}  // namespace holdfast::anchor
