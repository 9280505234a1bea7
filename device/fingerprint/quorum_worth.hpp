// What the weakest quorum is worth. Used for plans and for anchors that were made from them.
#pragma once

#include "device/fingerprint/attribute.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace holdfast::fingerprint {

/// The entropy, in bits, that the weakest quorum must hold.
inline constexpr unsigned kEntropyFloor = 64;

/// The assurance tier of what opens with a quorum of attributes, lowest first.
enum class Tier { declared, software, physical };

[[nodiscard]] std::string_view name_of(Tier tier);
/// The tier of that name.
[[nodiscard]] std::optional<Tier> find_tier(std::string_view name);

/// What matters of one counted or required attribute.
struct QuorumMember {
  AttributeClass attribute_class = AttributeClass::declared;
  unsigned bits = 0;
  bool only_root_reads = false;
  bool bits_claimed = false;  ///< never counts as hardware, whatever its class: nobody but the operator vouches for it
};

struct QuorumWorth {
  unsigned bits = 0;           ///< of the weakest quorum, required attributes included
  unsigned hardware_bits = 0;  ///< the same, of values that are neither declared nor software
  bool needs_root = false;     ///< each quorum has a value that only root can read
  Tier tier = Tier::declared;  ///< software where the hardware values of every quorum alone reach the floor
};

/// The worth of any `quorum` of `counted` together with all of `required`.
[[nodiscard]] QuorumWorth worth_of(std::span<const QuorumMember> counted, std::span<const QuorumMember> required,
                                   unsigned quorum);

}  // namespace holdfast::fingerprint
