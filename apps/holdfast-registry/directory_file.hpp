// What a directory exports: people as a table in CSV (RFC 4180).
#pragma once

#include "registry/domain/owner_commands.hpp"

#include <string_view>
#include <vector>

namespace holdfast::registry_app {

/// Reads a table whose first line names its columns, in any order and case: "mail" (or "email") and "name", and, where
/// they are there, "team" and "status" ("active" or "left"). Other columns are passed over. ErrorCode::usage, naming
/// the line, where one is missing or a line has another number of fields.
[[nodiscard]] Result<std::vector<domain::DirectoryEntry>> parse_directory(std::string_view csv);

}  // namespace holdfast::registry_app
