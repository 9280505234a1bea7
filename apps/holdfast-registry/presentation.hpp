// Results as people see them.
#pragma once

#include "apps/holdfast-registry/operation.hpp"

#include <string>

namespace holdfast::registry_app {

/// A table for a list, names and values for a single thing.
[[nodiscard]] std::string present(const Operation& operation, const Json& result);

}  // namespace holdfast::registry_app
