#include "registry/storage/migrations.hpp"

namespace holdfast::storage {
namespace {

// Processes that make the same table at the same time are told so in many ways.
constexpr int kRounds = 5;

const Query kTables{.sql =
                        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN name = 'schema_version' THEN 1 ELSE 0 END), 0) "
                        "FROM sqlite_schema WHERE type = 'table'",
                    .columns = "nn"};
const Query kPostgresqlTables{
    .sql =
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN table_name = 'schema_version' THEN 1 ELSE 0 END), 0) "
        "FROM information_schema.tables WHERE table_schema = current_schema()",
    .columns = "nn"};
const Query kVersion{.sql = "SELECT version FROM schema_version", .columns = "n"};

Error newer(std::uint64_t found, std::size_t known) {
  return {ErrorCode::refused, "the database has version " + std::to_string(found) +
                                  " of the schema, and this program knows version " + std::to_string(known) +
                                  ": use the newer program that made it"};
}

Result<void> set_version(Session& session, std::uint64_t from, std::size_t to) {
  if (from == 0) {
    TRY(session.run("CREATE TABLE schema_version (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), "
                    "version INTEGER NOT NULL)"),
        "create schema");
    return session.run("INSERT INTO schema_version VALUES (1, " + std::to_string(to) + ")");
  }
  return session.run("UPDATE schema_version SET version = " + std::to_string(to));
}

Result<void> apply(Session& session, std::span<const SchemaStep> steps) {
  if (session.engine() == Engine::postgresql) TRY(session.run("SELECT pg_advisory_xact_lock(7310593)"), "lock schema");
  TRY_LET(const std::uint64_t version, schema_version(session), "read schema version");
  if (version > steps.size()) return newer(version, steps.size());
  if (version == steps.size()) return {};
  for (const SchemaStep& step : steps.subspan(version)) {
    for (const std::string& statement : statements_of(step, session.engine())) {
      TRY(session.run(statement), "migrate: " + statement.substr(0, 60));
    }
  }
  return set_version(session, version, steps.size());
}

Result<void> migrate_once(Session& session, std::span<const SchemaStep> steps) {
  TRY(session.begin(), "begin migration");
  auto applied = apply(session, steps);
  if (applied.ok()) applied = session.commit();
  if (!applied.ok()) session.roll_back();
  return applied;
}

}  // namespace

Result<std::uint64_t> schema_version(Session& session) {
  const bool sqlite = session.engine() == Engine::sqlite;
  TRY_LET(auto counts, session.only(sqlite ? kTables : kPostgresqlTables), "look for tables");
  const auto tables = counts.number();
  const auto versions = counts.number();
  if (versions == 0 && tables == 0) return std::uint64_t{0};
  if (versions == 0) return Error(ErrorCode::refused, "the database holds something else: name one that is empty");
  TRY_LET(auto row, session.only(kVersion), "read schema version");
  return static_cast<std::uint64_t>(row.number());
}

Result<void> migrate(Session& session, std::span<const SchemaStep> steps) {
  Result<void> done;
  for (int round = 0; round < kRounds; ++round) {
    done = migrate_once(session, steps);
    if (done.ok() || done.error().code() == ErrorCode::refused || session.trouble() == Trouble::broken) break;
  }
  return done;
}

}  // namespace holdfast::storage
