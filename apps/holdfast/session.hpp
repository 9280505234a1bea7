// What the commands share: the state folder, opening its anchor, and reporting.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "device/anchor/open.hpp"
#include "device/fingerprint/attribute.hpp"
#include "device/trust/provider.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace holdfast::app {

/// --dir, else $HOLDFAST_DIR, else /var/lib/holdfast for root, else $XDG_DATA_HOME/holdfast (by default
/// ~/.local/share/holdfast).
[[nodiscard]] Result<std::filesystem::path> state_folder_path(const GlobalArguments& global);

/// The provider of this device's keys and sealing, open.
using OpenProvider = std::unique_ptr<trust::Provider>;

/// Opens the anchor with this machine's attributes, and its passphrase where it needs one: from the options,
/// else from a prompt. Notes drift on standard error.
[[nodiscard]] Result<OpenProvider> open_provider(const GlobalArguments& global);
/// Opens it with the recovery code in a file.
[[nodiscard]] Result<OpenProvider> open_provider_with_recovery_file(const GlobalArguments& global,
                                                                    const std::string& file);

/// Whether a person may be asked for what is missing.
enum class Prompting { allowed, forbidden };

/// The pieces of open_provider, for commands that go on when the anchor does not open.
[[nodiscard]] Result<fingerprint::Fingerprint> collect_for(const anchor::AnchorFile& file);
[[nodiscard]] Result<anchor::OpenedAnchor> open_anchor(const GlobalArguments& global, anchor::UnverifiedAnchorFile file,
                                                       const fingerprint::Fingerprint& fingerprint,
                                                       Prompting prompting);

/// A sentence on standard error, unless --quiet, or --json, with which standard error holds nothing but JSON.
void note(const GlobalArguments& global, const std::string& text);
/// `json` with --json, else `text`, on standard output. ErrorCode::io when it cannot be written.
[[nodiscard]] Result<void> print(const GlobalArguments& global, const Json& json, const std::string& text);

}  // namespace holdfast::app
