// Internal to this folder: opening an anchor with a machine's attributes and whatever passphrase can be had.
#pragma once

#include "device/anchor/generation_mark.hpp"
#include "device/anchor/open.hpp"
#include "device/anchor/state_folder.hpp"
#include "device/trust/device.hpp"

#include <optional>

namespace holdfast::trust {

/// An anchor that attributes or a noisy source opened, and the passphrase that it took.
struct Unlocked {
  anchor::OpenedAnchor anchor;
  std::optional<SecretBytes> passphrase;
};

/// Whether its fingerprint slot needs a passphrase.
[[nodiscard]] bool needs_passphrase(const anchor::AnchorFile& file);

/// Opens with the attributes of `machine` and the passphrase that `options` give or ask for. Errors as
/// anchor::open_with_fingerprint has them.
[[nodiscard]] Result<Unlocked> unlock(const anchor::UnverifiedAnchorFile& file, const fingerprint::Fingerprint& machine,
                                      const OpenOptions& options);

/// An anchor file, and how far the anchor was known to have come right before it was read.
struct LatestAnchor {
  anchor::UnverifiedAnchorFile file;
  anchor::Sighting sighting;
};

/// The anchor file as it is now: a device may have been found long before it is opened. ErrorCode::refused where it is
/// another anchor's by now.
[[nodiscard]] Result<LatestAnchor> load_latest(const anchor::StateFolder& folder, const anchor::AnchorId& anchor,
                                               const OpenOptions& options);

/// For an anchor that opened: ErrorCode::refused where this account had seen a later generation. Else this one is
/// remembered.
[[nodiscard]] Result<void> check_not_rolled_back(const anchor::Sighting& sighting, const OpenOptions& options);

/// Where generations are remembered; empty where that is nowhere.
[[nodiscard]] std::filesystem::path mark_folder(const OpenOptions& options);

}  // namespace holdfast::trust
