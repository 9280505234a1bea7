// Changing an anchor that is open: every change goes this way.
#pragma once

#include "core/clock.hpp"
#include "core/folder_lock.hpp"
#include "device/anchor/generation_mark.hpp"
#include "device/anchor/open.hpp"
#include "device/anchor/proof.hpp"

#include <functional>
#include <string>
#include <vector>

namespace holdfast::anchor {

/// One change of one anchor. Holds the state folder's lock from `begin` until it goes; what was edited and not
/// committed is forgotten. Not thread-safe.
class AnchorChange {
 public:
  /// Takes the lock, and makes sure that the anchor is still the one that was opened: ErrorCode::refused where another
  /// process has changed it since. `folder` and `opened` are borrowed until the change goes.
  [[nodiscard]] static Result<AnchorChange> begin(const StateFolder& folder, const OpenedAnchor& opened);

  /// What the anchor file shall say. Generation and event head are set by `commit`.
  [[nodiscard]] AnchorFile& file() { return file_; }
  /// The root that every slot must wrap in the end.
  [[nodiscard]] const Root& root() const { return fresh_ ? *fresh_ : opened_->roots.newest(); }

  /// Draws the root of a new epoch, under which all earlier ones are kept, and wraps it in recovery and escrow slots.
  /// The fingerprint slot, and the noisy source's own, must be set anew before `commit`. At most once.
  [[nodiscard]] Result<void> rotate();
  /// Puts a slot that wraps `root()` in the place of the fingerprint slot.
  void set_fingerprint_slot(FingerprintSlot slot);
  /// Puts a slot in the place of the recovery slot, or removes it.
  void set_recovery_slot(std::optional<RecoverySlot> slot);
  /// Puts a slot in the place of the escrow slot, or removes it.
  void set_escrow_slot(std::optional<EscrowSlot> slot);
  /// Puts a slot in the place of the noisy source's own, or removes it.
  void set_puf_slot(std::optional<PufSlot> slot);
  /// Forgets the root of an earlier epoch.
  void drop_epoch(RootEpoch epoch);

  /// Vouches for no entries any more, whatever is left of the event log, which `commit` keeps as kept_log_name().
  /// Nothing can be logged in the same change: the next one begins the new log, so that each of the two takes effect as
  /// a whole.
  void restart_log();
  [[nodiscard]] std::string kept_log_name() const;

  /// Says what happens, in the event log. Takes effect with `commit`.
  void log(std::string type, std::string detail);

  struct Commit {
    Proof proof = {};  // NOLINT(readability-redundant-member-init): may be left out
    /// Called once, when everything is written and checked and right before it takes effect; its failure leaves the
    /// anchor as it was. May be empty.
    std::function<Result<void>()> deliver = nullptr;
    GenerationMark* mark = nullptr;  ///< raised when the change has taken effect; nullptr for none
    Clock clock = system_clock_now;
  };
  /// Writes the event log and the new anchor file, proves that it opens, and puts it in the place of the old one.
  /// Whatever happens, the folder then holds the old anchor or the new one, whole.
  /// ErrorCode::internal where a slot does not wrap `root()`.
  [[nodiscard]] Result<AnchorFile> commit(const Commit& how);
  /// Whether the new anchor is in place, perhaps though `commit` failed in what comes after.
  [[nodiscard]] bool took_effect() const { return took_effect_; }

 private:
  AnchorChange(const StateFolder& folder, const OpenedAnchor& opened, FolderLock lock, Bytes before);
  [[nodiscard]] Result<void> check_slots() const;
  void remember_tier();
  [[nodiscard]] bool is_in_place() const;
  [[nodiscard]] Result<void> keep_log() const;
  [[nodiscard]] Result<void> write_events(const Commit& how);
  [[nodiscard]] Result<void> deliver(const Commit& how) const;
  [[nodiscard]] Result<void> write_anchor(const Commit& how);

  struct NewEvent {
    std::string type;
    std::string detail;
  };

  const StateFolder* folder_;
  const OpenedAnchor* opened_;
  FolderLock lock_;
  Bytes before_;  // the anchor file as it is
  AnchorFile file_;
  std::optional<Root> fresh_;
  std::vector<NewEvent> events_;
  bool restarts_log_ = false;
  bool took_effect_ = false;
};

}  // namespace holdfast::anchor
