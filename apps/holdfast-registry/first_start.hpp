// What is looked at before a registry is founded.
#pragma once

#include "apps/holdfast-registry/data_folder.hpp"

namespace holdfast::registry_app {

/// Whether a registry can be founded in the folder and served: what the configuration says, and that everything it
/// names can be reached. So that a mistake is told while nothing is there yet.
[[nodiscard]] Result<void> check_first_start(const DataFolder& folder);

}  // namespace holdfast::registry_app
