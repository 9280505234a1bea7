// 'holdfast init --stateless'.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"

namespace holdfast::app {

/// Writes the configuration of a stateless device and prints it. Returns the exit status.
[[nodiscard]] Result<int> init_stateless(const GlobalArguments& global, const InitArguments& arguments);

}  // namespace holdfast::app
