// What is known about this machine: named values, each with its source, stability, group and budget.
#pragma once

#include "core/secret_bytes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::fingerprint {

/// How an attribute can change, most stable first. The order is the order in which quorums are tried.
enum class AttributeClass {
  burned_in,    ///< fused or written once at manufacture: SoC and processor serials
  board,        ///< belongs to the main board: DMI identifiers
  replaceable,  ///< belongs to a part that is exchanged in the field: network cards, disks
  software,     ///< stored on media that can be copied: machine id, host name
  declared,     ///< named by an operator, or made up by a hypervisor, container engine or cloud
};

/// Whether a value was found. Only a present attribute can be a factor.
enum class AttributeState {
  present,
  unavailable,  ///< not there, or not readable by this process; never a reason to migrate
  empty,        ///< readable, and blank
  placeholder,  ///< a value that many machines share, such as "To be filled by O.E.M."
};

[[nodiscard]] std::string_view name_of(AttributeClass attribute_class);
[[nodiscard]] std::string_view name_of(AttributeState state);

/// One named value about this machine.
struct Attribute {
  std::string name;    ///< unique within one fingerprint; stable from boot to boot
  std::string source;  ///< where the value comes from, for example "dmi:product_uuid" or "env:SERIAL_NUMBER"
  AttributeClass attribute_class = AttributeClass::declared;
  std::string group;               ///< the component it belongs to; values of one group count once
  unsigned bits = 0;               ///< entropy budget
  bool bits_claimed = false;       ///< the budget is the operator's claim
  bool named_by_operator = false;  ///< comes from a credential file
  std::optional<bool> required;    ///< whether it must be part of every quorum, where the operator said so
  bool only_root_reads = false;    ///< other local accounts cannot read the value, here or in another attribute
  AttributeState state = AttributeState::unavailable;
  std::string reason;  ///< for people: why the value is not present, and what to do
  SecretBytes value;   ///< normalised; empty unless present
};

/// What the system runs on, as far as it can be told.
enum class PlatformKind { bare_metal, virtual_machine, container };

[[nodiscard]] std::string_view name_of(PlatformKind kind);

struct Platform {
  PlatformKind kind = PlatformKind::bare_metal;
  std::string evidence;  ///< what gave it away, for people; empty on bare metal
};

/// One reading of a noisy physical source (PUF), which an operator named. Almost the same at each reading, so never an
/// attribute: what anchors make of it is in docs/puf.md.
struct NoisyReading {
  std::string name;
  std::string source;              ///< "puf:file:/path" or "puf:program:/path argument"
  bool physical = false;           ///< the operator says that it is read from hardware; never true of a file
  bool only_root_reads = false;    ///< other local accounts cannot read the file
  std::optional<bool> required;    ///< whether an anchor must need it, where the operator said so
  std::optional<unsigned> errors;  ///< percent of bits that may differ between readings, where the operator said so
  AttributeState state = AttributeState::unavailable;  ///< present or unavailable
  std::string reason;                                  ///< for people: why there is no reading, and what to do
  SecretBytes response;                                ///< as it was read; empty unless present
};

/// All attributes of one machine at one moment, and its noisy sources.
struct Fingerprint {
  std::vector<Attribute> attributes;
  Platform platform;
  std::vector<NoisyReading> noisy = {};  // NOLINT(readability-redundant-member-init): may be left out
};

}  // namespace holdfast::fingerprint
