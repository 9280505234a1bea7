// Version 2 of the schema: platform images, whose keys are refused. Frozen once it has been released.
#pragma once

#include "registry/storage/schema.hpp"

namespace holdfast::storage::schema_2 {

extern const std::span<const std::string_view> kTables;
extern const std::span<const Rule> kRules;

}  // namespace holdfast::storage::schema_2
