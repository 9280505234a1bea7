// The ways to the root that an anchor file holds, as data.
#pragma once

#include "core/bytes.hpp"
#include "core/json.hpp"
#include "crypto/kdf.hpp"
#include "device/anchor/escrow_slot.hpp"
#include "device/anchor/root.hpp"
#include "device/anchor/secret_slot.hpp"
#include "device/fingerprint/attribute.hpp"
#include "device/puf/helper_data.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace holdfast::anchor {

inline constexpr unsigned kMaxSubsets = 220;
/// Where one guess is made cheaper by a passphrase or an accepted low entropy, the search costs more a try.
inline constexpr unsigned kMaxSubsetsStrong = 36;

/// An attribute as a slot knows it: how to find its value again, and what it is worth.
struct SlotAttribute {
  std::string name;
  std::string source;
  fingerprint::AttributeClass attribute_class = fingerprint::AttributeClass::declared;
  std::string group;
  unsigned bits = 0;
  bool bits_claimed = false;
  bool only_root_reads = false;
  Bytes salt;  ///< kSlotSaltSize bytes; empty in a stateless configuration, which has one salt for all
};

/// All members of an attribute but its salt. What is wrong the reader keeps.
[[nodiscard]] Json to_json_without_salt(const SlotAttribute& attribute);
[[nodiscard]] SlotAttribute read_without_salt(JsonReader& reader);

/// A noisy physical source (PUF) as a slot knows it: how to read it again, and what makes one secret of all readings.
struct NoisyFactor {
  std::string name;
  std::string source;
  bool physical = false;  ///< the operator says that it is read from hardware; never true of a file
  bool only_root_reads = false;
  Bytes salt;  ///< kSlotSaltSize bytes
  puf::HelperData helper = {};
};

/// One wrap of the root, under one subset of the counted attributes.
struct SubsetWrap {
  Bytes commitment;  ///< 32 bytes, checked before decrypting
  Bytes wrapped;     ///< nonce, encrypted root, tag
};

/// Opens with any `quorum` of the counted attributes, and every required factor.
struct FingerprintSlot {
  SlotId id;
  RootEpoch epoch;
  crypto::StretchCosts costs;
  Bytes salt;
  unsigned quorum = 0;
  std::vector<SlotAttribute> counted;  ///< most stable first
  std::vector<SlotAttribute> required;
  bool needs_passphrase = false;
  std::vector<SubsetWrap> wraps;  ///< in the order of k_subsets(counted.size(), quorum)
  /// A required factor; most anchors have none.
  std::optional<NoisyFactor> noisy = {};  // NOLINT(readability-redundant-member-init): may be left out
};

/// Opens with the printed recovery code.
struct RecoverySlot : SecretSlot {};

/// Opens with a noisy source alone, whatever the attributes are.
struct PufSlot {
  SlotId id;
  RootEpoch epoch;
  crypto::StretchCosts costs;
  Bytes salt;
  NoisyFactor noisy;
  SubsetWrap wrap;
};

using Slot = std::variant<FingerprintSlot, RecoverySlot, EscrowSlot, PufSlot>;

/// The slot as the anchor file holds it, and its own parameters alone: what is bound as associated data.
[[nodiscard]] Json to_json(const Slot& slot);
[[nodiscard]] Json parameters_of(const FingerprintSlot& slot);
[[nodiscard]] Json parameters_of(const RecoverySlot& slot);
[[nodiscard]] Json parameters_of(const PufSlot& slot);
/// ErrorCode::malformed names `what` and the member.
[[nodiscard]] Result<Slot> parse_slot(const Json& json, const std::string& what);

[[nodiscard]] std::string_view type_of(const Slot& slot);
[[nodiscard]] const SlotId& id_of(const Slot& slot);
[[nodiscard]] RootEpoch epoch_of(const Slot& slot);

/// What every wrap of a slot is bound to: format, anchor, epoch, slot and the slot's own parameters; nothing
/// that can change without rewriting that slot.
[[nodiscard]] Result<Bytes> associated_data(const AnchorId& anchor, RootEpoch epoch, const Json& parameters);

}  // namespace holdfast::anchor
