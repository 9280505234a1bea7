// Internal to this folder: the maintenance of an anchor. Each kind of change has a source file of its own.
#pragma once

#include "device/anchor/change.hpp"
#include "device/anchor/generation_mark.hpp"
#include "device/fingerprint/collect.hpp"
#include "device/keys/key_store.hpp"
#include "device/trust/anchored_device.hpp"
#include "device/trust/maintenance.hpp"
#include "device/trust/unlock.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::trust {

/// An open anchor and the machine as it was read when it was opened.
class AnchorMaintenance : public Maintenance {
 public:
  AnchorMaintenance(anchor::StateFolder folder, const OpenOptions& options, fingerprint::Fingerprint machine,
                    Unlocked unlocked)
      : folder_(std::move(folder)),
        options_(options),
        machine_(std::move(machine)),
        opened_(std::move(unlocked.anchor)),
        passphrase_(std::move(unlocked.passphrase)),
        mark_(mark_folder(options)) {}

  [[nodiscard]] DeviceInfo info() const override { return describe_anchor(folder_, opened_.file); }

  [[nodiscard]] Result<MigrationReport> plan_migration(const MigrationOptions& options) override;
  [[nodiscard]] Result<MigrationReport> migrate(const MigrationOptions& options) override;
  [[nodiscard]] Result<MigrationReport> migrate_by_policy() override;
  [[nodiscard]] MigrationPolicy policy() const override { return opened_.file.migration; }
  [[nodiscard]] Result<void> set_policy(const MigrationPolicy& policy) override;

  [[nodiscard]] Result<void> renew_recovery_code(const RecoveryDelivery& delivery) override;
  [[nodiscard]] Result<void> revoke_recovery_code() override;
  [[nodiscard]] Result<void> note_recovery_test() override;

  [[nodiscard]] Result<void> renew_escrow(const EscrowRequest& request, ReplaceEscrow replace,
                                          const ShareDelivery& delivery) override;
  [[nodiscard]] Result<void> remove_escrow() override;
  [[nodiscard]] Result<void> note_escrow_test() override;

  [[nodiscard]] Result<NoisyInfo> renew_noisy_source() override;
  [[nodiscard]] Result<std::string> add_noisy_source(NoisyRole role) override;

  [[nodiscard]] Result<void> rotate_root() override;
  [[nodiscard]] Result<std::vector<EpochInfo>> list_epochs() const override;
  [[nodiscard]] Result<void> drop_epoch(std::uint32_t number) override;

  [[nodiscard]] Result<std::filesystem::path> restart_events() override;
  [[nodiscard]] Result<void> accept_rollback() override;

 private:
  [[nodiscard]] const SecretBytes* passphrase() const { return passphrase_ ? &*passphrase_ : nullptr; }
  [[nodiscard]] NoisyRole role_now() const;

  // With attributes means that the slots which need what is read from this machine were written anew.
  [[nodiscard]] anchor::Proof proof(bool with_attributes, const SecretBytes* code) const;
  [[nodiscard]] Result<void> commit(anchor::AnchorChange& change, anchor::AnchorChange::Commit how);

  // A new root, wrapped in all slots. The attributes must all be as the anchor remembers them: a rotation is no
  // migration by the back door.
  [[nodiscard]] Result<void> rotate(anchor::AnchorChange& change);
  [[nodiscard]] Result<void> check_factors() const;
  [[nodiscard]] Result<void> rewrap(anchor::AnchorChange& change);
  // Borrows nothing of the slot that it replaces.
  [[nodiscard]] Result<void> rewrap_puf_slot(anchor::AnchorChange& change, const anchor::NoisyFactor& noisy);

  [[nodiscard]] Result<anchor::MigrationPlan> plan_for(const anchor::MigrationWishes& wishes) const;
  [[nodiscard]] Result<void> choose_passphrase(const MigrationOptions& options);
  [[nodiscard]] bool accepts_low_entropy(const MigrationOptions& options) const;
  // What stands in the way, with the passphrase that there is now.
  [[nodiscard]] std::vector<std::string> obstacles_to(const anchor::MigrationPlan& plan,
                                                      const MigrationOptions& options) const;
  [[nodiscard]] Result<void> check_plan(const anchor::MigrationPlan& plan, const MigrationOptions& options) const;
  [[nodiscard]] Result<void> rebind(anchor::AnchorChange& change, const anchor::MigrationPlan& plan);
  // Once for each anchor.
  void note_low_entropy(anchor::AnchorChange& change, const anchor::MigrationPlan& plan) const;
  [[nodiscard]] Result<MigrationReport> carry_out(const anchor::MigrationPlan& plan, const MigrationOptions& options,
                                                  const std::string& event);
  [[nodiscard]] Result<void> carry_out_with_passphrase(const anchor::MigrationPlan& plan,
                                                       const MigrationOptions& options, const std::string& event);

  // An officer's key protects the root as much as any other key of the device.
  [[nodiscard]] Result<void> check_profile(const EscrowRequest& request) const;

  [[nodiscard]] fingerprint::CollectOptions reading() const;
  // All slots anew for the root of the change, with this enrolment of the noisy source. The attributes are as they were
  // remembered.
  [[nodiscard]] Result<void> wrap_with_noisy(anchor::AnchorChange& change, const anchor::NoisyFactor& noisy,
                                             NoisyRole role);

  [[nodiscard]] Result<std::vector<keys::ListedKey>> list_keys() const;
  // What no key needs the epoch for, and would still be lost with it. Under the lock.
  [[nodiscard]] Result<void> keep_what_counts(anchor::RootEpoch epoch) const;

  anchor::StateFolder folder_;
  OpenOptions options_;
  fingerprint::Fingerprint machine_;
  anchor::OpenedAnchor opened_;
  std::optional<SecretBytes> passphrase_;
  anchor::MarkFolder mark_;
};

/// Names in one line, safe to show: for messages and the event log.
[[nodiscard]] std::string list_of(const std::vector<std::string>& names);

}  // namespace holdfast::trust
