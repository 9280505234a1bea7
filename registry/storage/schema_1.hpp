// Version 1 of the schema. Frozen once it has been released.
#pragma once

#include "registry/storage/schema.hpp"

namespace holdfast::storage::schema_1 {

extern const std::span<const std::string_view> kTables;
extern const std::span<const Rule> kRules;
extern const std::span<const std::string_view> kSqlite;
extern const std::span<const std::string_view> kPostgresql;

}  // namespace holdfast::storage::schema_1
