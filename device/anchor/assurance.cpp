#include "device/anchor/assurance.hpp"

#include <algorithm>

#include "device/anchor/create.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::AttributeClass;
using fingerprint::QuorumMember;
using fingerprint::Tier;

std::vector<QuorumMember> members(const std::vector<SlotAttribute>& attributes) {
  std::vector<QuorumMember> all;
  all.reserve(attributes.size());
  for (const auto& a : attributes) all.push_back({a.attribute_class, a.bits, a.only_root_reads, a.bits_claimed});
  return all;
}

std::string reason_for(const AnchorFile& file, const FingerprintSlot& slot, const fingerprint::QuorumWorth& worth) {
  if (worth.tier == Tier::software) {
    return "every quorum of values reported by the kernel or firmware holds at least " +
           std::to_string(worth.hardware_bits) + " bits";
  }
  if (file.platform != fingerprint::name_of(fingerprint::PlatformKind::bare_metal)) {
    return "the identifiers of a virtual machine or container are whatever its host declares";
  }
  const bool named =
      std::ranges::any_of(slot.counted, [](const auto& a) { return a.attribute_class == AttributeClass::declared; });
  return named ? "a quorum can be reached with values that an operator named"
               : "the hardware values of the weakest quorum hold only " + std::to_string(worth.hardware_bits) + " bits";
}

}  // namespace

Assurance assess(const AnchorFile& file) {
  Assurance assurance;
  const FingerprintSlot* slot = file.fingerprint_slot();
  if (slot == nullptr) {
    assurance.reason = "there is no fingerprint slot";
    return assurance;
  }
  const auto worth = fingerprint::worth_of(members(slot->counted), members(slot->required), slot->quorum);
  assurance.tier = worth.tier;
  assurance.weakest_bits = worth.bits;
  assurance.weakest_hardware_bits = worth.hardware_bits;
  assurance.reason = reason_for(file, *slot, worth);
  if (file.low_entropy_accepted) {
    assurance.warnings.emplace_back(
        "made knowingly with less entropy than the floor of " + std::to_string(entropy_floor(file.module)) +
        " bits asks for, or with a short passphrase: whoever gets the anchor file may find the root by guessing");
  }
  if (!slot->needs_passphrase && !worth.needs_root) {
    assurance.warnings.emplace_back(
        "any local account that gets the anchor file can open it: a quorum can be reached with values that every "
        "account reads");
  }
  if (file.recovery_slot() == nullptr) {
    assurance.warnings.emplace_back("there is no recovery code: when the quorum is lost, so is everything sealed");
  }
  return assurance;
}

}  // namespace holdfast::anchor
