#include "registry/storage/schema.hpp"

#include <array>
#include <utility>

#include "registry/storage/schema_1.hpp"
#include "registry/storage/schema_2.hpp"

namespace holdfast::storage {
namespace {

using Words = std::array<std::pair<std::string_view, std::string_view>, 4>;

// Bytes are compared as bytes, so that ids are in the order of their age and prefixes are ranges of an index.
constexpr Words kSqlite{
    {{"{text}", "TEXT"}, {"{number}", "INTEGER"}, {"{table}", "STRICT"}, {"{keyed}", "STRICT, WITHOUT ROWID"}}};
constexpr Words kPostgresql{
    {{"{text}", "TEXT COLLATE \"C\""}, {"{number}", "BIGINT"}, {"{table}", ""}, {"{keyed}", ""}}};

std::string filled_in(std::string_view statement, const Words& words) {
  std::string filled(statement);
  for (const auto& [mark, word] : words) {
    for (auto at = filled.find(mark); at != std::string::npos; at = filled.find(mark, at + word.size())) {
      filled.replace(at, mark.size(), word);
    }
  }
  return filled;
}

void append_for_sqlite(std::vector<std::string>& to, const Rule& rule) {
  to.push_back("CREATE TRIGGER " + std::string(rule.name) + " BEFORE " + std::string(rule.change) + " ON " +
               std::string(rule.table) + " WHEN " + std::string(rule.condition) + " BEGIN SELECT RAISE(ABORT, '" +
               std::string(rule.message) + "'); END");
}

// Whole tables are emptied by a statement of their own there, which no rule for single rows sees.
void append_for_postgresql(std::vector<std::string>& to, const Rule& rule) {
  const std::string name(rule.name);
  const std::string table(rule.table);
  const std::string result = rule.change == "DELETE" ? "OLD" : "NEW";
  const std::string raise = "RAISE EXCEPTION '" + std::string(rule.message) + "' USING ERRCODE = '23514';";
  to.push_back("CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (" +
               std::string(rule.condition) + ") THEN " + raise + " END IF; RETURN " + result + "; END $$");
  to.push_back("CREATE TRIGGER " + name + " BEFORE " + std::string(rule.change) + " ON " + table +
               " FOR EACH ROW EXECUTE FUNCTION " + name + "()");
  if (rule.change != "DELETE") return;
  to.push_back("CREATE FUNCTION " + name + "_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + raise + " END $$");
  to.push_back("CREATE TRIGGER " + name + "_all BEFORE TRUNCATE ON " + table + " FOR EACH STATEMENT EXECUTE FUNCTION " +
               name + "_all()");
}

}  // namespace

std::vector<std::string> statements_of(const SchemaStep& step, Engine engine) {
  const bool sqlite = engine == Engine::sqlite;
  std::vector<std::string> all;
  for (const auto& statement : step.shared) all.push_back(filled_in(statement, sqlite ? kSqlite : kPostgresql));
  for (const auto& rule : step.rules) (sqlite ? append_for_sqlite : append_for_postgresql)(all, rule);
  for (const auto& statement : sqlite ? step.sqlite : step.postgresql) all.emplace_back(statement);
  return all;
}

std::span<const SchemaStep> schema_steps() {
  static const std::array kSteps{
      SchemaStep{.shared = schema_1::kTables,
                 .rules = schema_1::kRules,
                 .sqlite = schema_1::kSqlite,
                 .postgresql = schema_1::kPostgresql},
      SchemaStep{.shared = schema_2::kTables, .rules = schema_2::kRules, .sqlite = {}, .postgresql = {}},
  };
  return kSteps;
}

}  // namespace holdfast::storage
