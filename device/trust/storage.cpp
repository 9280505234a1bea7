#include "device/trust/storage.hpp"

#include <system_error>

namespace holdfast::trust {

std::optional<StorageInfo> examine_storage(const DeviceInfo& device) {
  std::error_code problem;
  const auto folder = std::filesystem::canonical(device.folder, problem);
  const auto mounts = fingerprint::read_mounts(device.sysroot);
  const auto* const mount = problem ? nullptr : fingerprint::find_mount(mounts, folder);
  if (mount == nullptr) return std::nullopt;
  return StorageInfo{fingerprint::storage_of(mounts, *mount), mount->kind, mount->read_only};
}

}  // namespace holdfast::trust
