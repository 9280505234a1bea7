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
  if (worth.tier == Tier::physical) {
    return "it opens only together with a noisy source that its operator says is read from hardware";
  }
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

Tier tier_of(const PufSlot& slot) { return slot.noisy.physical ? Tier::physical : Tier::declared; }

// A way around the quorum is worth what it is by itself.
void lower_by_puf_slot(Assurance& assurance, const AnchorFile& file) {
  const auto* const slot = file.puf_slot();
  if (slot == nullptr || tier_of(*slot) >= assurance.tier) return;
  assurance.tier = tier_of(*slot);
  assurance.reason = "the noisy source opens it by itself, and nobody says that this is read from hardware";
}

// Copies of older files still open what their slots opened: the tier is that of the weakest of all.
void lower_by_history(Assurance& assurance, const AnchorFile& file) {
  if (lowest_tier_of_newest(file) < assurance.tier) {
    assurance.tier = lowest_tier_of_newest(file);
    assurance.reason =
        "earlier copies of the anchor file open the same root with less; 'holdfast rotate-root' draws "
        "another one";
  }
  for (const auto& older : file.older_roots) {
    if (older.tier >= assurance.tier) continue;
    assurance.tier = older.tier;
    assurance.reason = "root epoch " + std::to_string(older.epoch.number) +
                       ", which is still kept, could be opened with less; move to the newest epoch what needs it, and "
                       "drop that one";
  }
}

}  // namespace

fingerprint::QuorumWorth worth_of(const FingerprintSlot& slot) {
  auto worth = fingerprint::worth_of(members(slot.counted), members(slot.required), slot.quorum);
  if (!slot.noisy) return worth;
  if (slot.noisy->physical) worth.tier = Tier::physical;
  worth.needs_root = worth.needs_root || slot.noisy->only_root_reads;
  return worth;
}

Tier slot_tier(const AnchorFile& file) {
  const auto* const slot = file.fingerprint_slot();
  const auto tier = slot == nullptr ? Tier::declared : worth_of(*slot).tier;
  const auto* const puf = file.puf_slot();
  return puf == nullptr ? tier : std::min(tier, tier_of(*puf));
}

Tier lowest_tier_of_newest(const AnchorFile& file) {
  const auto now = slot_tier(file);
  return std::min(now, file.lowest_tier.value_or(now));
}

Assurance assess(const AnchorFile& file) {
  Assurance assurance;
  const FingerprintSlot* slot = file.fingerprint_slot();
  if (slot == nullptr) {
    assurance.reason = "there is no fingerprint slot";
    return assurance;
  }
  const auto worth = worth_of(*slot);
  assurance.tier = worth.tier;
  assurance.weakest_bits = worth.bits;
  assurance.weakest_hardware_bits = worth.hardware_bits;
  assurance.reason = reason_for(file, *slot, worth);
  lower_by_puf_slot(assurance, file);
  lower_by_history(assurance, file);
  if (file.low_entropy_accepted) {
    assurance.warnings.emplace_back(
        "made knowingly with less entropy than the floor of " + std::to_string(entropy_floor(file.module)) +
        " bits asks for, or with a short passphrase: whoever gets the anchor file may find the root by guessing");
  }
  if (!slot->needs_passphrase && !worth.needs_root) {
    assurance.warnings.emplace_back(
        slot->noisy
            ? "any local account that gets the anchor file, and may read the noisy source, can open it: the rest "
              "of a quorum is values that every account reads"
            : "any local account that gets the anchor file can open it: a quorum can be reached with values that "
              "every account reads");
  }
  if (file.recovery_slot() == nullptr && file.escrow_slot() == nullptr) {
    assurance.warnings.emplace_back("there is no recovery code: when the quorum is lost, so is everything sealed");
  }
  return assurance;
}

}  // namespace holdfast::anchor
