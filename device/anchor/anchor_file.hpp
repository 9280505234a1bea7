// The anchor file: policy and slots, authenticated. docs/formats/anchor.md specifies it byte by byte.
#pragma once

#include "core/clock.hpp"
#include "crypto/module.hpp"
#include "device/anchor/checked_lines.hpp"
#include "device/anchor/epochs.hpp"
#include "device/anchor/event_log.hpp"
#include "device/anchor/migration_policy.hpp"
#include "device/anchor/slot.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

inline constexpr std::size_t kMaxAnchorFileSize = kMaxCheckedFileSize;

/// What an anchor file says. Insufficient to open the root, yet confidential.
struct AnchorFile {
  AnchorId id;
  Timestamp created;
  std::string made_by;                ///< program and version, for example "holdfast 0.1.0"
  std::uint64_t generation = 1;       ///< counts every change; never goes down
  RootEpoch epoch;                    ///< the newest
  bool low_entropy_accepted = false;  ///< at any time in the past
  std::string platform;               ///< what the machine seemed to be when the anchor was made
  std::string sysroot;                ///< where attributes are read again
  std::string credential_file;        ///< empty where none is used
  std::string profile;  ///< the security profile's name; empty in files that were made before there were any
  crypto::Module module = crypto::Module::standard;  ///< what computes everything of this anchor; never changes
  EventHead events;
  Bytes remembered;  ///< attribute state at the last migration, encrypted under the root
  Bytes origin;      ///< where that was, encrypted likewise; empty in files that were made before it was noted
  std::vector<OlderRoot> older_roots;  ///< of the epochs before `epoch` that are still needed, oldest first
  /// The lowest tier of any fingerprint slot that ever wrapped the newest root, where it is lower than today's slot has
  /// it: copies of older files still open that root.
  std::optional<fingerprint::Tier> lowest_tier;
  MigrationPolicy migration;
  /// Whether only attributes take part that an operator named, when a slot is planned anew.
  bool only_named_attributes = false;
  std::vector<Slot> slots;

  [[nodiscard]] const FingerprintSlot* fingerprint_slot() const;
  [[nodiscard]] const RecoverySlot* recovery_slot() const;
  [[nodiscard]] const EscrowSlot* escrow_slot() const;
  [[nodiscard]] const PufSlot* puf_slot() const;
  /// The noisy source, whether required or in a slot of its own; nullptr for none.
  [[nodiscard]] const NoisyFactor* noisy() const;
};

/// A parsed file and the bytes that its MAC stands over. `mac` has not been checked: that takes the root.
struct UnverifiedAnchorFile {
  AnchorFile file;
  Bytes authenticated;  ///< lines 1 and 2
  Bytes mac;
};

/// Parses and checks the digest, which finds accidental damage before any secret is asked for.
/// ErrorCode::malformed names the place.
[[nodiscard]] Result<UnverifiedAnchorFile> parse_anchor_file(ByteView bytes);

/// ErrorCode::malformed when anything in the file was changed by somebody without the root.
/// What verify_anchor_mac says of a file that somebody altered without having the root.
[[nodiscard]] Error altered_anchor_file();
[[nodiscard]] Result<void> verify_anchor_mac(const UnverifiedAnchorFile& file, const Root& root);

/// The bytes of the file, with MAC and digest.
[[nodiscard]] Result<Bytes> serialise_anchor_file(const AnchorFile& file, const Root& root);

}  // namespace holdfast::anchor
