// Backups of an SQLite database. PostgreSQL has programs of its own for that: pg_dump, pg_restore, pg_basebackup.
//
// A database that was restored is older than the log's last checkpoint outside it, and the registry refuses to serve it
// until that is answered for.
#pragma once

#include "core/result.hpp"

#include <filesystem>
#include <string>

namespace holdfast::storage {

/// Writes everything that is committed at this moment into a new file, while others read and write. The file appears
/// under its name when it is whole and on the disk. ErrorCode::refused where there is one already, and for PostgreSQL.
[[nodiscard]] Result<void> back_up(const std::string& url, const std::filesystem::path& to);

/// Puts a backup in the place of a database that is not there. ErrorCode::refused where there is one, where the backup
/// is newer than the program, and for PostgreSQL; ErrorCode::malformed where it is damaged.
[[nodiscard]] Result<void> restore(const std::filesystem::path& from, const std::string& url);

}  // namespace holdfast::storage
