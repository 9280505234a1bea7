// What the commands share: the state folder, opening its device, and reporting.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "apps/holdfast/ends.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "device/trust/device.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace holdfast::app {

/// --dir, else $HOLDFAST_DIR, else /var/lib/holdfast for root, else $XDG_DATA_HOME/holdfast (by default
/// ~/.local/share/holdfast).
[[nodiscard]] Result<std::filesystem::path> state_folder_path(const GlobalArguments& global);

/// The device in the state folder. With --accept-rollback an older copy of its anchor that was put back is made the
/// latest first, for which it is opened with `recovery_code` where that is given.
[[nodiscard]] Result<std::unique_ptr<trust::Device>> find_device(const GlobalArguments& global,
                                                                 const SecretBytes* recovery_code = nullptr);

/// The provider of this device's keys and sealing, open.
using OpenProvider = std::unique_ptr<trust::Provider>;

/// Opens the device with this machine's attributes, and its passphrase where it needs one: from the options,
/// else from a prompt. Notes drift on standard error.
[[nodiscard]] Result<OpenProvider> open_provider(const GlobalArguments& global);
[[nodiscard]] Result<OpenProvider> open_provider(const GlobalArguments& global, const trust::Device& device);
/// Opens it with the recovery code in a file.
[[nodiscard]] Result<OpenProvider> open_provider_with_recovery_file(const GlobalArguments& global,
                                                                    const std::string& file);

/// Whether it opens here and now, without asking anybody anything. A passphrase is taken from the options. Other
/// failures than that it does not open are errors.
[[nodiscard]] Result<trust::Trial> try_to_open(const GlobalArguments& global, const trust::Device& device);

/// A sentence on standard error, unless --quiet, or --json, with which standard error holds nothing but JSON.
void note(const GlobalArguments& global, const std::string& text);
/// `json` with --json, else `text`, on standard output. ErrorCode::io when it cannot be written.
[[nodiscard]] Result<void> print(const GlobalArguments& global, const Json& json, const std::string& text);

/// With --json, what was written to a file, which `json` gets as "out". With the output itself on standard output,
/// nothing else may go there.
[[nodiscard]] Result<void> report_written(const GlobalArguments& global, const OutputEnd& out, Json json);

}  // namespace holdfast::app
