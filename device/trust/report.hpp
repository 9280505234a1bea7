// What is told about devices and keys, as JSON: the same from the command and from the libraries.
#pragma once

#include "core/json.hpp"
#include "device/trust/device.hpp"

namespace holdfast::trust {

/// A device and whether it opens here: what `holdfast status --json` prints.
[[nodiscard]] Json report_on(const DeviceInfo& device, const Trial& trial);

/// {"group", "may_write"}, or null: with whom a state folder is shared.
[[nodiscard]] Json report_on(const std::optional<SharingInfo>& sharing);

/// {"id", "name", "made", "threshold", "officers"}, or null: who can open the device together.
[[nodiscard]] Json report_on(const std::optional<EscrowInfo>& escrow);

/// A key: what `holdfast key show --json` prints.
[[nodiscard]] Json report_on(const KeyInfo& key);

/// Keys as they are listed: what `holdfast key list --json` prints. One that cannot be read has a "file" and an
/// "error".
[[nodiscard]] Json report_on(const std::vector<ListedKey>& keys);

}  // namespace holdfast::trust
