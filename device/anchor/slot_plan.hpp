// Planning a fingerprint slot: which attributes it has, what a guess costs, and whether that is enough.
#pragma once

#include "core/result.hpp"
#include "crypto/module.hpp"
#include "device/anchor/slot.hpp"
#include "device/fingerprint/quorum.hpp"

namespace holdfast::anchor {

enum class LowEntropy { refused, accepted };

/// The fewest characters that a passphrase must have to stand in for entropy that attributes lack.
inline constexpr std::size_t kMinPassphraseCharacters = 8;

/// The fewest bits that the weakest quorum must hold. PBKDF2 costs a guesser less than Argon2id does, so that more is
/// asked for with the FIPS provider.
[[nodiscard]] unsigned entropy_floor(crypto::Module module);

/// ErrorCode::refused where the weakest quorum holds less than the floor and no passphrase stands in, with
/// how much is missing and what would fix it. A weak one is accepted where the request says so. A noisy source that is
/// required and read from hardware (nullptr for none) stands in by itself: it was enrolled with more than any floor.
[[nodiscard]] Result<void> check_entropy(const fingerprint::QuorumPlan& plan, const SecretBytes* passphrase,
                                         LowEntropy low_entropy, unsigned floor = fingerprint::kEntropyFloor,
                                         const NoisyFactor* noisy = nullptr);

/// What a fingerprint slot is made of. Borrowed for the call.
struct SlotRequest {
  const fingerprint::Fingerprint* fingerprint = nullptr;
  const fingerprint::QuorumPlan* plan = nullptr;
  bool needs_passphrase = false;
  crypto::Module module = crypto::Module::standard;
  const NoisyFactor* noisy = nullptr;  ///< a required factor; nullptr for none
};

/// A slot with fresh salts and without wraps. A guess costs more where a passphrase takes part or the quorum is below
/// the floor; ErrorCode::refused where there are then too many subsets.
[[nodiscard]] Result<FingerprintSlot> plan_slot(const SlotRequest& request);

/// The same attributes, quorum and costs with a fresh id and fresh salts, and without wraps.
[[nodiscard]] Result<FingerprintSlot> renew_slot(const FingerprintSlot& slot);

}  // namespace holdfast::anchor
