#include "device/anchor/slot_plan.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/kdf.hpp"
#include "crypto/random.hpp"
#include "device/anchor/noisy_factor.hpp"

namespace holdfast::anchor {
namespace {

constexpr unsigned kFipsFloor = 80;

Result<SlotAttribute> slot_attribute(const fingerprint::Fingerprint& fingerprint, const fingerprint::Counted& counted) {
  const auto& attribute = fingerprint.attributes[counted.attribute];
  TRY_LET(auto salt, crypto::random_bytes(kSlotSaltSize), "choose factor salt");
  return SlotAttribute{attribute.name, attribute.source,       attribute.attribute_class, attribute.group,
                       counted.bits,   attribute.bits_claimed, attribute.only_root_reads, std::move(salt)};
}

// Code points of UTF-8: what a person counts, where bytes would let four accented letters pass for eight.
std::size_t count_characters(const SecretBytes& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text.expose(SecretAccess{}), [](std::uint8_t byte) { return (byte & 0xC0) != 0x80; }));
}

// Whatever lies in a file is copied with the anchor.
bool is_physical(const NoisyFactor* noisy) { return noisy != nullptr && noisy->physical; }

Result<void> choose_id_and_salt(FingerprintSlot& slot) {
  TRY(crypto::fill_random(slot.id.bytes), "choose slot id");
  TRY_LET(slot.salt, crypto::random_bytes(kSlotSaltSize), "choose slot salt");
  return {};
}

Result<void> check_subsets(const FingerprintSlot& slot, bool strong) {
  const auto subsets = fingerprint::count_subsets(static_cast<unsigned>(slot.counted.size()), slot.quorum);
  const auto limit = strong ? kMaxSubsetsStrong : kMaxSubsets;
  if (subsets <= limit) return {};
  return Error(ErrorCode::refused, "a quorum of " + std::to_string(slot.quorum) + " of " +
                                       std::to_string(slot.counted.size()) + " attributes has " +
                                       std::to_string(subsets) + " combinations, and at most " + std::to_string(limit) +
                                       " are allowed here; choose a larger --quorum");
}

}  // namespace

unsigned entropy_floor(crypto::Module module) {
  return module == crypto::Module::fips ? kFipsFloor : fingerprint::kEntropyFloor;
}

Result<void> check_entropy(const fingerprint::QuorumPlan& plan, const SecretBytes* passphrase, LowEntropy low_entropy,
                           unsigned floor, const NoisyFactor* noisy) {
  if (low_entropy == LowEntropy::accepted) return {};
  if (passphrase != nullptr && count_characters(*passphrase) < kMinPassphraseCharacters) {
    return Error(ErrorCode::refused,
                 "the passphrase is shorter than " + std::to_string(kMinPassphraseCharacters) +
                     " characters; choose a longer one (or accept the risk with --accept-low-entropy)");
  }
  if (plan.weakest_bits >= floor || passphrase != nullptr || is_physical(noisy)) return {};
  return Error(
      ErrorCode::refused,
      "the weakest quorum of this machine's attributes holds " + std::to_string(plan.weakest_bits) + " bits, " +
          std::to_string(floor - plan.weakest_bits) + " fewer than the " + std::to_string(floor) +
          " that an anchor needs. Add a passphrase (--passphrase-file F), name further attributes in a credential "
          "file (--credfile F), a noisy physical source (PUF) among them" +
          (plan.total_bits >= floor ? ", or raise --quorum" : "") +
          "; --accept-low-entropy overrides this and is recorded for ever");
}

Result<FingerprintSlot> plan_slot(const SlotRequest& request) {
  FingerprintSlot slot;
  TRY(choose_id_and_salt(slot), "choose id and salt");
  const bool weak = request.plan->weakest_bits < entropy_floor(request.module) && !is_physical(request.noisy);
  const bool strong = request.needs_passphrase || weak;
  slot.costs = crypto::stretch_costs(strong ? crypto::StretchPreset::strong : crypto::StretchPreset::standard);
  slot.quorum = request.plan->quorum;
  slot.needs_passphrase = request.needs_passphrase;
  for (const auto& counted : request.plan->counted) {
    TRY_LET(auto attribute, slot_attribute(*request.fingerprint, counted), "plan slot");
    slot.counted.push_back(std::move(attribute));
  }
  for (const auto& required : request.plan->required) {
    TRY_LET(auto attribute, slot_attribute(*request.fingerprint, required), "plan slot");
    slot.required.push_back(std::move(attribute));
  }
  if (request.noisy != nullptr) {
    TRY_LET(slot.noisy, renew_noisy(*request.noisy), "renew noisy source");
  }
  TRY(check_subsets(slot, strong), "check subsets");
  return slot;
}

Result<FingerprintSlot> renew_slot(const FingerprintSlot& slot) {
  FingerprintSlot renewed = slot;
  renewed.wraps.clear();
  TRY(choose_id_and_salt(renewed), "choose id and salt");
  for (auto* const attributes : {&renewed.counted, &renewed.required}) {
    for (auto& attribute : *attributes) {
      TRY_LET(attribute.salt, crypto::random_bytes(kSlotSaltSize), "choose factor salt");
    }
  }
  if (renewed.noisy) {
    TRY_LET(renewed.noisy, renew_noisy(*renewed.noisy), "renew noisy source");
  }
  return renewed;
}

}  // namespace holdfast::anchor
