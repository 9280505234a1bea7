// Internal to this folder: a device whose secrets stand under an anchor file, which a quorum of attributes opens.
#pragma once

#include "device/anchor/state_folder.hpp"
#include "device/trust/device.hpp"

#include <memory>

namespace holdfast::trust {

/// What an anchor file says, as every kind of device tells it.
[[nodiscard]] DeviceInfo describe_anchor(const anchor::StateFolder& folder, const anchor::AnchorFile& file);

/// What an escrow slot says, the officers' shares as files included.
[[nodiscard]] EscrowInfo describe_escrow(const anchor::AnchorId& id, const anchor::EscrowSlot& slot);

/// Loads the anchor file. ErrorCode::malformed where it is damaged.
[[nodiscard]] Result<std::unique_ptr<Device>> load_anchored_device(anchor::StateFolder folder);

}  // namespace holdfast::trust
