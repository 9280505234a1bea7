// Making an anchor.
#pragma once

#include "core/clock.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/quorum_wrap.hpp"
#include "device/anchor/slot_plan.hpp"
#include "device/anchor/state_folder.hpp"
#include "device/fingerprint/quorum.hpp"

#include <functional>
#include <optional>
#include <string>

namespace holdfast::anchor {

struct CreateRequest {
  /// The noisy source where it is a required factor; nullptr otherwise.
  [[nodiscard]] const NoisyFactor* required_noisy() const {
    return noisy && noisy_role == NoisyRole::required ? &noisy->factor : nullptr;
  }

  const fingerprint::Fingerprint* fingerprint = nullptr;  ///< borrowed for the call
  fingerprint::QuorumPlan plan;
  const SecretBytes* passphrase = nullptr;  ///< a required factor, in normal form; nullptr for none
  std::optional<NoisyEnrolment> noisy;      ///< a noisy source of `fingerprint`, which has its first reading
  NoisyRole noisy_role = NoisyRole::none;   ///< what that is for
  LowEntropy low_entropy = LowEntropy::refused;
  std::string sysroot = "/";
  std::string credential_file;         ///< absolute; empty for none
  bool only_named_attributes = false;  ///< kept for later plans
  MigrationPolicy migration;
  std::string made_by;
  crypto::Module module = crypto::Module::standard;  ///< what computes everything of this anchor, from now on
  std::string profile;                               ///< name of the security profile; empty for the usual one
  Clock clock = system_clock_now;
  SearchProgress progress;
  /// Reads this machine's attributes once more. The new anchor must open with what this gives, and none of its
  /// attributes may have changed since: one that changes from reading to reading would lock its owner out.
  std::function<Result<fingerprint::Fingerprint>()> read_again;
  /// Hands the recovery code (text as people see it) to its owner. Called once, when everything is written
  /// and checked and right before the anchor takes effect; its failure leaves no anchor. Empty for none.
  std::function<Result<void>(const SecretBytes& code)> deliver_recovery_code;
};

/// Draws a root, wraps it in a fingerprint slot and, where a code is to be delivered, a recovery slot, and
/// writes the anchor and its first events. The new file has been read back and opened before it takes its
/// name, with attributes that were read once more. On failure the folder has no anchor, but where only the last sync
/// failed. One writer at a time (FolderLock).
[[nodiscard]] Result<AnchorFile> create_anchor(const StateFolder& folder, const CreateRequest& request);

}  // namespace holdfast::anchor
