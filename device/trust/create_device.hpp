// Making a device.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/anchor/create.hpp"
#include "device/trust/device.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::trust {

using anchor::LowEntropy;
using anchor::NoisyRole;
using fingerprint::Participants;

/// How a new device's recovery code reaches its owner.
struct RecoveryDelivery {
  /// Hands over the code, text as people see it. Called once, when everything is written and checked, and right before
  /// the device takes effect; its failure leaves no device. Empty for a device without a recovery code.
  std::function<Result<void>(const SecretBytes& code)> deliver;
  /// Takes a delivered code back, since no device came of it. Called at most once; must not throw. May be empty.
  std::function<void()> withdraw;
};

struct CreateOptions {
  std::filesystem::path folder;  ///< made where missing; must hold no device, nor what one left behind
  std::string sysroot = "/";     ///< where attributes are read, now and later; made absolute
  std::string credential_file;   ///< with further attributes, read again later; made absolute; empty for none
  /// Programs that the credential file names must lie below this folder, or the call fails with ErrorCode::refused and
  /// none is run; empty for any that is trusted. Not kept: who opens the device says so again. Made absolute.
  std::string program_folder = {};  // NOLINT(readability-redundant-member-init): may be left out
  /// Whose members shall use the device as well, its state folder being shared with them to read; empty for none.
  /// ErrorCode::refused where there is no such group, or the folder cannot be given to it.
  std::string group = {};  // NOLINT(readability-redundant-member-init): may be left out
  std::optional<unsigned> quorum;
  std::vector<std::string> required;  ///< names of attributes that must always agree
  Participants participants = Participants::machine;
  /// Gives the passphrase that shall be a required factor, in normal form. Called at most once. Empty for none.
  std::function<Result<SecretBytes>()> passphrase;
  /// What a noisy source in the credential file is for; where nobody chooses, it is required unless that file says
  /// otherwise. ErrorCode::usage where there is none to choose for.
  std::optional<NoisyRole> noisy = std::nullopt;
  LowEntropy low_entropy = LowEntropy::refused;
  anchor::MigrationPolicy migration;   ///< what may happen by itself when the machine changes
  std::optional<std::string> profile;  ///< the usual one where nobody chooses
  std::string made_by;                 ///< program and version
  RecoveryDelivery recovery;
  StepProgress progress;
  Clock clock = system_clock_now;
};

/// Plans a quorum of this machine's attributes, makes a device, and proves that it opens before it takes effect. The
/// result's warnings include attributes that an operator named and that do not count.
/// ErrorCode::refused where the quorum is worth too little, before anything is written; ErrorCode::not_found for an
/// unknown profile or attribute. One writer at a time; a second one is refused.
[[nodiscard]] Result<DeviceInfo> create_device(const CreateOptions& options);

}  // namespace holdfast::trust
