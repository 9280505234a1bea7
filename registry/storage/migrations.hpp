// Brings a database from the version of its schema to the program's.
#pragma once

#include "registry/storage/schema.hpp"
#include "registry/storage/session.hpp"

namespace holdfast::storage {

/// Applies the steps that are missing, in one transaction; none where there is none. Several processes may begin at
/// once. ErrorCode::refused where the database is newer than the program, or holds something else.
[[nodiscard]] Result<void> migrate(Session& session, std::span<const SchemaStep> steps = schema_steps());

/// The version of the schema; 0 where the database is empty.
[[nodiscard]] Result<std::uint64_t> schema_version(Session& session);

}  // namespace holdfast::storage
