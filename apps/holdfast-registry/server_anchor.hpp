// The server's own anchor, under which the authority's keys are.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/trust/provider.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace holdfast::registry_app {

struct ServerAnchor {
  std::unique_ptr<trust::Provider> provider;
  /// Whether a passphrase in a file beside the anchor stands in for attributes that the machine does not have.
  bool passphrase_file = false;
};

/// Takes the recovery code of an anchor that is being made, for the operator to write down: it is kept nowhere. Where
/// it fails, there is no anchor.
using TakeRecoveryCode = std::function<Result<void>(const SecretBytes&)>;

/// Opens the anchor in `folder`, or makes one of this machine's attributes. A machine without enough of them, such as
/// most virtual ones, gets a passphrase in a file of its own beside the folder: then whoever copies both has the keys.
[[nodiscard]] Result<ServerAnchor> open_server_anchor(const std::filesystem::path& folder,
                                                      const TakeRecoveryCode& take_code);

}  // namespace holdfast::registry_app
