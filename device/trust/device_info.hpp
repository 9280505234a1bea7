// What can be told about a device whose secrets stay closed.
#pragma once

#include "core/clock.hpp"
#include "device/anchor/assurance.hpp"
#include "device/anchor/event_log.hpp"
#include "device/anchor/remembered.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::trust {

using anchor::Assurance;
using anchor::Drift;
using anchor::DriftKind;
using anchor::DriftReport;
using anchor::Event;
using fingerprint::AttributeClass;
using fingerprint::Tier;

/// An attribute by which a device is opened: what it is, and never its value.
struct FactorInfo {
  std::string name;
  std::string source;
  AttributeClass attribute_class = AttributeClass::declared;
  unsigned bits = 0;
};

/// By which attributes a device opens: any `quorum` of `counted`, all of `required`, and the passphrase.
struct QuorumInfo {
  unsigned quorum = 0;
  std::vector<FactorInfo> counted;
  std::vector<FactorInfo> required;
  bool needs_passphrase = false;
};

/// What a device's state says about itself. Nothing has authenticated it before the device has been opened.
struct DeviceInfo {
  std::filesystem::path folder;  ///< absolute
  std::string id;
  Timestamp created;
  std::string made_by;
  std::uint64_t generation = 1;
  std::uint32_t epoch = 1;
  std::string platform;
  std::string profile;  ///< its name, also where it is the usual one
  bool low_entropy_accepted = false;
  std::vector<std::string_view> ways;  ///< how it can be opened: "fingerprint", "recovery"
  std::optional<QuorumInfo> quorum;    ///< where it opens with attributes
  Assurance assurance;
};

/// How many counted attributes can no longer be used as they were: changed, vanished or unreadable.
[[nodiscard]] unsigned count_lost(const DriftReport& report);

}  // namespace holdfast::trust
