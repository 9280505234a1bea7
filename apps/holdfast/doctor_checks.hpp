// Internal to `holdfast doctor`: what is looked at, and what was found.
#pragma once

#include "apps/holdfast/session.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::app {

/// Advice is what a careful owner does one day; everything else but good sets the exit status.
enum class Finding { good, advice, attention, not_tried };

[[nodiscard]] std::string_view name_of(Finding finding);

struct Check {
  std::string what;
  Finding finding;
  std::string detail;  ///< may quote foreign text; made printable where it is shown
};

using Checks = std::vector<Check>;

inline void good(Checks& checks, std::string what, std::string detail) {
  checks.push_back({std::move(what), Finding::good, std::move(detail)});
}

inline void advise(Checks& checks, std::string what, std::string detail) {
  checks.push_back({std::move(what), Finding::advice, std::move(detail)});
}

inline void attention(Checks& checks, std::string what, std::string detail) {
  checks.push_back({std::move(what), Finding::attention, std::move(detail)});
}

/// What the state folder lies on, whom it is shared with, and what was left in it.
void check_folder(Checks& checks, const trust::DeviceInfo& device);
void check_leftovers(Checks& checks, const std::filesystem::path& folder);

/// What the device is worth, its event log, and when its recovery code was tried: known without opening it.
void check_anchor(Checks& checks, const trust::Device& device);
/// What opening it showed: drift and margin, missing permissions, signs of copies, profile, keys, counter.
void check_opened(Checks& checks, const trust::DeviceInfo& device, const trust::Trial& trial);
/// The keys of an open device and their certificates.
void check_keys(Checks& checks, const trust::Provider& provider);

/// Whether secrets are kept out of swap. Last, when this process has had all of them.
void check_memory(Checks& checks);

}  // namespace holdfast::app
