// Internal to this folder: what devices that open with attributes share.
#pragma once

#include "device/anchor/slot.hpp"
#include "device/anchor/state_folder.hpp"
#include "device/fingerprint/attribute.hpp"
#include "device/fingerprint/collect.hpp"
#include "device/trust/device.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::trust {

/// The attributes of a slot or configuration, as devices tell them.
[[nodiscard]] std::vector<FactorInfo> factors_of(const std::vector<anchor::SlotAttribute>& attributes);

/// Reads this machine's attributes as they were read when the device was made, but for what `options` say otherwise.
/// ErrorCode::does_not_open where `sysroot` is gone; as fingerprint::collect for the credential file, which is empty
/// for none.
[[nodiscard]] Result<fingerprint::Fingerprint> read_again(const std::string& sysroot,
                                                          const std::string& credential_file,
                                                          const OpenOptions& options);

/// How attributes are read. `credential_file` is empty for none; `program_folder` is made absolute.
[[nodiscard]] fingerprint::CollectOptions reading_of(const std::string& sysroot, const std::string& credential_file,
                                                     const std::string& program_folder);

/// The names of those that are not present.
[[nodiscard]] std::vector<std::string> missing_of(const fingerprint::Fingerprint& machine,
                                                  const std::vector<anchor::SlotAttribute>& attributes);

/// `path` made absolute; empty stays empty.
[[nodiscard]] std::string absolute_path(const std::string& path);

/// Whom a state folder is shared with.
[[nodiscard]] std::optional<SharingInfo> sharing_of(const anchor::StateFolder& folder);

/// The noisy source of an anchor, as devices tell it.
[[nodiscard]] std::optional<NoisyInfo> noisy_of(const anchor::AnchorFile& file);

/// Why it cannot be read: empty where it can, nothing where the anchor has none.
[[nodiscard]] std::optional<std::string> noisy_problem_of(const anchor::AnchorFile& file,
                                                          const fingerprint::Fingerprint& machine);

/// Adds a warning for each attribute that an operator named and that is not present.
void warn_of_uncounted(DeviceInfo& info, const fingerprint::Fingerprint& machine);

}  // namespace holdfast::trust
