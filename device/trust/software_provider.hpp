// The provider whose secrets grow from the software anchor.
#pragma once

#include "device/anchor/open.hpp"
#include "device/trust/provider.hpp"

#include <filesystem>
#include <memory>

namespace holdfast::trust {

/// `folder` is the state folder to which the anchor belongs. Reads the anchor's profile; where that cannot be used
/// here, profile().problem says so.
[[nodiscard]] std::unique_ptr<Provider> make_software_provider(std::filesystem::path folder,
                                                               anchor::OpenedAnchor anchor,
                                                               Clock clock = system_clock_now);

}  // namespace holdfast::trust
