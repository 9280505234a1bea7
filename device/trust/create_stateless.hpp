// Configuring a device that stores nothing.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "device/anchor/create.hpp"
#include "device/trust/device.hpp"
#include "device/trust/device_info.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::trust {

using anchor::LowEntropy;
using fingerprint::Participants;

struct StatelessOptions {
  std::filesystem::path folder;  ///< made where missing; must hold no device, nor what one left behind
  std::string sysroot = "/";     ///< where attributes are read, now and later; made absolute
  std::string credential_file;   ///< with further attributes, read again later; made absolute; empty for none
  /// Programs that the credential file names must lie below this folder, or the call fails with ErrorCode::refused and
  /// none is run; empty for any that is trusted. Not kept: who opens the device says so again. Made absolute.
  std::string program_folder = {};  // NOLINT(readability-redundant-member-init): may be left out
  /// Whose members shall use the device as well, its state folder being shared with them to read; empty for none.
  /// ErrorCode::refused where there is no such group, or the folder cannot be given to it.
  std::string group = {};               // NOLINT(readability-redundant-member-init): may be left out
  std::vector<std::string> attributes;  ///< names; empty for all that an anchor would count
  Participants participants = Participants::machine;
  Bytes device_salt;  ///< 8 to 1024 bytes that the maker gave this device alone; empty for none
  LowEntropy low_entropy = LowEntropy::refused;
  std::optional<std::string> profile;  ///< the usual one where nobody chooses
};

/// Derives a root, proves that a second reading gives it again, and writes the configuration, which is the same for the
/// same device and options. The result's warnings include attributes that an operator named and that are not present.
/// ErrorCode::refused where the attributes are worth too little, before anything is written; ErrorCode::not_found for
/// an unknown profile or attribute; ErrorCode::usage for a device salt of another size.
[[nodiscard]] Result<DeviceInfo> create_stateless_device(const StatelessOptions& options);

/// A stateless device whose whole configuration its user keeps: nothing is written, and `folder` is not used.
struct DerivedDevice {
  std::unique_ptr<Provider> provider;
  DeviceInfo info;  ///< without a folder
};

/// Derives the root anew from what the machine has now. Nothing tells whether it is the one of an earlier start: with
/// other values it is another device, which does not open what that one sealed. Errors as create_stateless_device.
[[nodiscard]] Result<DerivedDevice> derive_stateless_device(const StatelessOptions& options,
                                                            const BeginSearch& search = {});

}  // namespace holdfast::trust
