// What a device's state folder lies on.
#pragma once

#include "device/fingerprint/mounts.hpp"
#include "device/trust/device_info.hpp"

#include <optional>
#include <string>

namespace holdfast::trust {

using fingerprint::StorageClass;

struct StorageInfo {
  StorageClass storage_class = StorageClass::unfamiliar;
  std::string kind;  ///< of the file system: "ext4"
  bool read_only = false;
};

/// By the table of mounts below the device's sysroot; none where there is no such table.
[[nodiscard]] std::optional<StorageInfo> examine_storage(const DeviceInfo& device);

}  // namespace holdfast::trust
