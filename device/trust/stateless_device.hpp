// Internal to this folder: a device that derives its root anew each time, and stores nothing secret.
#pragma once

#include "device/anchor/state_folder.hpp"
#include "device/trust/device.hpp"

#include <filesystem>
#include <memory>

namespace holdfast::trust {

/// What a stateless configuration says, as every kind of device tells it.
/// `folder` is empty where it has none.
[[nodiscard]] DeviceInfo describe_stateless(const std::filesystem::path& folder, const anchor::StatelessConfig& config);

/// Loads the configuration. ErrorCode::malformed where it is damaged.
[[nodiscard]] Result<std::unique_ptr<Device>> load_stateless_device(const anchor::StateFolder& folder);

}  // namespace holdfast::trust
