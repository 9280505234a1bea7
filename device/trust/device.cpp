#include "device/trust/device.hpp"

#include <algorithm>
#include <utility>

#include "device/trust/anchored_device.hpp"
#include "device/trust/stateless_device.hpp"

namespace holdfast::trust {

unsigned count_lost(const DriftReport& report) {
  return static_cast<unsigned>(std::ranges::count_if(
      report.drift, [](const Drift& drift) { return drift.counted && drift.kind != DriftKind::appeared; }));
}

Result<std::filesystem::path> check_device_folder(const std::filesystem::path& folder) {
  TRY_LET(const auto state, anchor::StateFolder::open(folder), "open state folder");
  return state.path();
}

Result<std::unique_ptr<Device>> find_device(const std::filesystem::path& folder) {
  TRY_LET(auto state, anchor::StateFolder::open(folder), "open state folder");
  return state.is_stateless() ? load_stateless_device(state) : load_anchored_device(std::move(state));
}

}  // namespace holdfast::trust
