#include <fcntl.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>

#include "core/file.hpp"
#include "registry/storage/session_inner.hpp"

namespace holdfast::storage {
namespace {

// What a savepoint has to give back is kept in memory as far as a usual change needs, and then in a file. With SQLite's
// own 64 KiB nearly every change writes to the disk what nobody reads, which costs a third of all; and where it is kept
// in memory alone, however much it is, its place is looked for from the beginning each time, and a change of thousands
// of identities takes minutes.
constexpr int kUndoneInMemory = 4 << 20;
constexpr std::array kSqliteSettings{
    "PRAGMA journal_mode = WAL",         "PRAGMA synchronous = FULL",   "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",    "PRAGMA busy_timeout = 10000", "PRAGMA journal_size_limit = 134217728",
    "PRAGMA wal_autocheckpoint = 16000", "PRAGMA cache_size = -65536",  "PRAGMA temp_store = FILE",
};
// Durable when committed, whatever the server's own settings are; and nobody waits for a lock for ever.
constexpr std::array kPostgresqlSettings{
    "SET synchronous_commit TO on",          "SET client_encoding TO 'UTF8'", "SET client_min_messages TO warning",
    "SET standard_conforming_strings TO on", "SET lock_timeout TO '10s'",
};

// For the whole process, before SQLite is first used; later it is refused, and its own limit stays.
void limit_undone() {
  static const int once = sqlite_api::sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, kUndoneInMemory);
  static_cast<void>(once);
}

// The journals get the rights of the file itself, which nobody else is to read.
Result<void> make_private_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return system_error("open", path, errno);
  return {};
}

std::string connect_string(const Place& place) {
  return place.engine == Engine::sqlite ? "db=\"" + place.where + "\" timeout=10" : place.where;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const Place& place, Access access) {
  const bool sqlite = place.engine == Engine::sqlite;
  if (sqlite) {
    limit_undone();
    TRY(make_private_file(place.where), "open database");
  }
  auto inner = std::make_unique<Inner>(place.engine, access);
  const auto connected = inner->guard([&] {
    inner->connection.open(sqlite ? static_cast<const soci::backend_factory&>(soci::sqlite3) : soci::postgresql,
                           connect_string(place));
    if (sqlite) {
      for (const char* const setting : kSqliteSettings) inner->connection << setting;
      if (access == Access::read) inner->connection << "PRAGMA query_only = ON";
    } else {
      for (const char* const setting : kPostgresqlSettings) inner->connection << setting;
    }
  });
  TRY(connected, "open database");
  return std::unique_ptr<Session>(new Session(std::move(inner)));
}

Result<void> Session::begin() {
  const bool reads = inner_->access == Access::read;
  if (inner_->engine == Engine::sqlite) return run(reads ? "BEGIN" : "BEGIN IMMEDIATE");
  return run(reads ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN ISOLATION LEVEL READ COMMITTED");
}

}  // namespace holdfast::storage
