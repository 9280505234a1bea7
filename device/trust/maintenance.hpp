// Changing what a device is bound to, and how its owner gets back in: migration, recovery, root epochs. For owners;
// applications that use keys and sealed data need none of it.
#pragma once

#include "device/anchor/migration_plan.hpp"
#include "device/anchor/migration_policy.hpp"
#include "device/trust/create_device.hpp"
#include "device/trust/device.hpp"
#include "device/trust/escrow.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::trust {

using anchor::MigrationPolicy;

/// What a migration shall change beside following the machine.
struct MigrationOptions {
  std::optional<unsigned> quorum;     ///< none: the same margin as before
  std::vector<std::string> required;  ///< names of attributes to require beside those that are required now
  std::vector<std::string> given_up;  ///< names of attributes that shall not take part any more
  /// Gives another passphrase than until now, in normal form. Called at most once. Empty to keep what there is.
  std::function<Result<SecretBytes>()> new_passphrase;
  bool without_passphrase = false;
  LowEntropy low_entropy = LowEntropy::refused;
};

/// What a migration would do, or did.
struct MigrationReport {
  DriftReport drift;
  std::vector<std::string> joining;    ///< names of attributes that come to take part
  std::vector<std::string> leaving;    ///< names of attributes that take part no more
  std::vector<std::string> obstacles;  ///< sentences: why it has to wait
  std::vector<CloneSign> clone_signs;  ///< what it takes note of
  bool needed = false;
  bool rotates = false;  ///< the root is drawn anew, since more is asked for than before
  unsigned quorum = 0;   ///< k of `counted`
  unsigned counted = 0;
  unsigned required = 0;
  bool passphrase = false;
  std::string noisy;         ///< name of the noisy source that goes on; empty for none
  unsigned bits_before = 0;  ///< of the weakest quorum
  unsigned bits_after = 0;
};

/// One root epoch and what still needs it.
struct EpochInfo {
  std::uint32_t number = 0;
  bool newest = false;
  fingerprint::Tier tier = fingerprint::Tier::declared;  ///< the lowest that ever opened it
  std::vector<std::string> keys;  ///< "name@version" of every key made under it that is not destroyed
};

/// An anchored device opened for changing its anchor. Each change takes effect as a whole or not at all, is written to
/// the event log, and takes the state folder's lock; ErrorCode::refused where another process has changed the anchor
/// since it was opened. Not thread-safe.
class Maintenance {
 public:
  /// Opens as Device::open does. An older copy of the anchor is refused unless `accept_rollback`, which the next change
  /// logs. ErrorCode::refused for a stateless device.
  [[nodiscard]] static Result<std::unique_ptr<Maintenance>> open(const std::filesystem::path& folder,
                                                                 const OpenOptions& options,
                                                                 bool accept_rollback = false);
  /// Opens with the recovery code as it was typed; an older copy of the anchor as above. The passphrase that `options`
  /// give is passed over, since nothing could check it: a change that needs one has to set it anew.
  [[nodiscard]] static Result<std::unique_ptr<Maintenance>> open_with_recovery_code(const std::filesystem::path& folder,
                                                                                    const SecretBytes& code,
                                                                                    const OpenOptions& options,
                                                                                    bool accept_rollback = false);
  /// Opens with the officers' opened shares, likewise. Errors as anchor::recombine has them.
  [[nodiscard]] static Result<std::unique_ptr<Maintenance>> open_with_escrow(const std::filesystem::path& folder,
                                                                             const std::vector<GivenShare>& shares,
                                                                             const OpenOptions& options,
                                                                             bool accept_rollback = false);

  Maintenance() = default;
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;
  virtual ~Maintenance() = default;

  /// The device as it is now, after every change.
  [[nodiscard]] virtual DeviceInfo info() const = 0;

  /// Changes nothing.
  [[nodiscard]] virtual Result<MigrationReport> plan_migration(const MigrationOptions& options) = 0;
  /// Binds the device to what the machine is now. Same root, unless more is asked for than before; the same keys and
  /// sealed data in any case. ErrorCode::refused where there is an obstacle, or too little entropy.
  [[nodiscard]] virtual Result<MigrationReport> migrate(const MigrationOptions& options) = 0;
  /// Migrates if the policy lets that happen unasked: ErrorCode::refused, with the rule, otherwise.
  [[nodiscard]] virtual Result<MigrationReport> migrate_by_policy() = 0;
  [[nodiscard]] virtual MigrationPolicy policy() const = 0;
  [[nodiscard]] virtual Result<void> set_policy(const MigrationPolicy& policy) = 0;

  /// Replaces the recovery code, or issues the first. The old one opens nothing that is made from then on: where there
  /// was one, the root is drawn anew.
  [[nodiscard]] virtual Result<void> renew_recovery_code(const RecoveryDelivery& delivery) = 0;
  /// ErrorCode::not_found where there is none. Draws the root anew.
  [[nodiscard]] virtual Result<void> revoke_recovery_code() = 0;
  /// Writes down that the recovery code opened the device today.
  [[nodiscard]] virtual Result<void> note_recovery_test() = 0;

  /// Shares a random secret among officers, any `threshold` of whom open the device from then on. The officers before
  /// them open nothing that is made from then on: where there were any, the root is drawn anew. ErrorCode::refused
  /// where there are some and `replace` does not allow it, and where the device's profile forbids an officer's key.
  [[nodiscard]] virtual Result<void> renew_escrow(const EscrowRequest& request, ReplaceEscrow replace,
                                                  const ShareDelivery& delivery) = 0;
  /// ErrorCode::not_found where there is none. Draws the root anew.
  [[nodiscard]] virtual Result<void> remove_escrow() = 0;
  /// Writes down that the officers' shares opened the device today.
  [[nodiscard]] virtual Result<void> note_escrow_test() = 0;

  /// Draws a new root. What earlier ones sealed and derived stays usable until their epochs are dropped.
  /// ErrorCode::refused where a slot cannot be written for want of a factor.
  [[nodiscard]] virtual Result<void> rotate_root() = 0;
  /// Enrols the noisy source that the device has once more: the same cells and code, another codeword and secret. Only
  /// with a reading that gives the secret until now, and all other factors as they were: ErrorCode::refused otherwise.
  /// ErrorCode::not_found where it has none.
  [[nodiscard]] virtual Result<NoisyInfo> renew_noisy_source() = 0;
  /// Enrols the noisy source that the credential file names, for a device that has none, and returns the numbers in a
  /// sentence. A required one draws the root anew. ErrorCode::refused where there is one already, or the new one does
  /// not serve.
  [[nodiscard]] virtual Result<std::string> add_noisy_source(NoisyRole role) = 0;

  /// Oldest first. ErrorCode::malformed, with its name, where a key file cannot be read: any epoch might be its.
  [[nodiscard]] virtual Result<std::vector<EpochInfo>> list_epochs() const = 0;
  /// Forgets an earlier root, for ever. What is left of destroyed keys, and the counter, go on under the newest root.
  /// ErrorCode::refused while a key needs it; sealed files elsewhere cannot be counted. ErrorCode::not_found where
  /// there is no such epoch. Fails while a key file or the counter cannot be read.
  [[nodiscard]] virtual Result<void> drop_epoch(std::uint32_t number) = 0;

  /// Keeps what is left of the event log under another name, and begins a new one whose first entry tells where the
  /// anchor knew the former to end. For a log that was damaged, and so stands in the way of every other change. Returns
  /// the file with what was left, empty where nothing was.
  [[nodiscard]] virtual Result<std::filesystem::path> restart_events() = 0;

  /// Makes an older copy that was put back the latest again, and writes that down.
  [[nodiscard]] virtual Result<void> accept_rollback() = 0;
};

}  // namespace holdfast::trust
