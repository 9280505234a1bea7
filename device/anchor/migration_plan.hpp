// What migrating an anchor to today's machine would mean, before anything is changed.
#pragma once

#include "core/clock.hpp"
#include "device/anchor/event_log.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/open.hpp"
#include "device/anchor/slot_plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::anchor {

/// The type of the event that tells of a migration which nobody was asked for.
inline constexpr std::string_view kMigratedByPolicy = "migrated-by-policy";

/// What shall be otherwise than the anchor has it.
struct MigrationWishes {
  std::optional<unsigned> quorum = std::nullopt;  ///< none: the same margin as before
  // NOLINTBEGIN(readability-redundant-member-init): may be left out
  std::vector<std::string> required = {};  ///< names of attributes to require beside those that are required now
  std::vector<std::string> given_up = {};  ///< names of attributes that shall not take part any more
  // NOLINTEND(readability-redundant-member-init)
  bool new_passphrase = false;      ///< another passphrase than the one until now, or the first
  bool without_passphrase = false;  ///< none any more
  bool low_entropy = false;         ///< accept less than the floor
};

struct MigrationPlan {
  DriftReport drift;                 ///< against what the anchor remembers
  fingerprint::QuorumPlan quorum;    ///< of today's machine
  std::vector<std::string> joining;  ///< names of attributes that come to take part
  std::vector<std::string> leaving;  ///< names of attributes that take part no more
  unsigned bits_before = 0;          ///< of the weakest quorum
  bool needed = false;               ///< whether anything would be otherwise
  bool tightens = false;  ///< more is asked for: the root is drawn anew, since copies of the file ask for less
  bool needs_passphrase = false;
  std::optional<NoisyFactor> noisy;    ///< the noisy source that goes on, with its helper data as they are
  NoisyRole role = NoisyRole::none;    ///< what that is for
  bool drops_puf_slot = false;         ///< the noisy source is given up, and with it a slot of its own
  std::vector<std::string> obstacles;  ///< sentences: why it has to wait; unavailable attributes above all
  std::vector<CloneSign> clone_signs;  ///< what the migration takes note of, so that nobody is warned of it any more
};

/// A machine as it is, and where its state folder came from.
struct Machine {
  const fingerprint::Fingerprint& today;
  const fingerprint::Origin& origin;
};

/// Plans the slot for the machine as it was planned when the anchor was made. Attributes that are merely unavailable
/// are obstacles, never a reason to leave them out. ErrorCode::usage or ErrorCode::refused where no quorum can be
/// planned or the wishes contradict one another, and ErrorCode::not_found where they give up what neither anchor nor
/// machine has.
[[nodiscard]] Result<MigrationPlan> plan_migration(const OpenedAnchor& anchor, const Machine& machine,
                                                   const MigrationWishes& wishes);

/// ErrorCode::refused, with the rule, where the anchor's policy does not let the plan be carried out unasked. `log`
/// tells when that was done last.
[[nodiscard]] Result<void> check_policy(const OpenedAnchor& anchor, const MigrationPlan& plan, const EventLog& log,
                                        Timestamp now);

}  // namespace holdfast::anchor
