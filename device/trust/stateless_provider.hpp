// The provider of a device that stores nothing: every key is derived where it is used.
#pragma once

#include "device/anchor/stateless.hpp"
#include "device/trust/device.hpp"
#include "device/trust/provider.hpp"

#include <memory>

namespace holdfast::trust {

/// Keys are named ALGORITHM.NAME (stateless_key_name.hpp), exist without being made, and have version 1 alone. What
/// needs storage is ErrorCode::refused, saying what to do instead. RSA keys are searched for at each use.
/// Where the device's profile cannot be used here, profile().problem says so.
[[nodiscard]] std::unique_ptr<Provider> make_stateless_provider(anchor::OpenedStateless device,
                                                                BeginSearch progress = {},
                                                                Clock clock = system_clock_now);

}  // namespace holdfast::trust
