// The server's own anchor, under which the authority's keys are.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/trust/provider.hpp"

#include <filesystem>
#include <memory>
#include <optional>

namespace holdfast::registry_app {

struct ServerAnchor {
  std::unique_ptr<trust::Provider> provider;
  /// Of an anchor that was made just now: for the operator to write down. Kept nowhere.
  std::optional<SecretBytes> recovery_code;
  /// Whether a passphrase in a file beside the anchor stands in for attributes that the machine does not have.
  bool passphrase_file = false;
};

/// Opens the anchor in `folder`, or makes one of this machine's attributes. A machine without enough of them, such as
/// most virtual ones, gets a passphrase in a file of its own beside the folder: then whoever copies both has the keys.
[[nodiscard]] Result<ServerAnchor> open_server_anchor(const std::filesystem::path& folder);

}  // namespace holdfast::registry_app
