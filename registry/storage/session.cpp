#include "registry/storage/session.hpp"

#include <utf8proc.h>

#include "registry/storage/session_inner.hpp"

namespace holdfast::storage {
namespace {

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0; });
}

// PostgreSQL takes neither; SQLite would.
bool is_storable(std::string_view text) {
  if (is_plain(text)) return true;
  if (text.find('\0') != std::string_view::npos) return false;
  for (auto rest = as_bytes(text); !rest.empty();) {
    std::int32_t point = 0;
    const auto read = ::utf8proc_iterate(rest.data(), static_cast<utf8proc_ssize_t>(rest.size()), &point);
    if (read <= 0) return false;
    rest = rest.subspan(static_cast<std::size_t>(read));
  }
  return true;
}

Result<void> check_storable(std::span<const Value> values) {
  const bool all = std::ranges::all_of(values, [](const Value& value) { return is_storable(value.text()); });
  if (all) return {};
  return Error(ErrorCode::usage, "text that is not UTF-8, or holds a zero byte, cannot be stored");
}

std::string savepoint(std::string_view verb, unsigned depth) {
  return std::string(verb) + " s" + std::to_string(depth);
}

}  // namespace

Session::Session(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
Session::~Session() = default;

Engine Session::engine() const { return inner_->engine; }
Trouble Session::trouble() const { return inner_->failed ? inner_->failed->trouble : Trouble::none; }
Error Session::failure() const { return inner_->failed->error; }

Statement& Session::Inner::prepared(std::string_view sql, std::string_view columns, std::span<const Value> like) {
  auto found = statements.find(sql);
  if (found == statements.end()) {
    auto made = std::make_unique<Statement>(connection, sql, columns, like);
    found = statements.emplace(sql, std::move(made)).first;
  }
  return *found->second;
}

Result<std::uint64_t> Session::execute(std::string_view sql, std::initializer_list<Value> values) {
  return execute(sql, std::span(values.begin(), values.size()));
}

Result<std::uint64_t> Session::execute(std::string_view sql, std::span<const Value> values) {
  TRY(check_storable(values), "write row");
  return inner_->guard([&] { return inner_->prepared(sql, "", values).execute(values); });
}

Result<std::vector<Row>> Session::query(const Query& query, std::initializer_list<Value> values) {
  return this->query(query, std::span(values.begin(), values.size()));
}

Result<std::vector<Row>> Session::query(const Query& query, std::span<const Value> values) {
  TRY(check_storable(values), "read rows");
  return inner_->guard([&] { return inner_->prepared(query.sql, query.columns, values).query(values); });
}

Result<std::optional<Row>> Session::first(const Query& query, std::initializer_list<Value> values) {
  TRY_LET(auto rows, this->query(query, values), "read row");
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

Result<Row> Session::only(const Query& query) {
  TRY_LET(auto rows, this->query(query, {}), "read row");
  if (rows.empty())
    return Error(ErrorCode::malformed, "a row that the registry keeps for ever is gone: it was altered");
  return std::move(rows.front());
}

Result<void> Session::insert_many(const BulkTarget& target, const std::vector<BulkColumn>& columns) {
  const std::string sql = bulk_insert(inner_->engine, target);
  if (inner_->engine == Engine::postgresql) {
    std::vector<std::string> arrays(columns.size());
    std::ranges::transform(columns, arrays.begin(), array_literal);
    const std::vector<Value> values(arrays.begin(), arrays.end());
    TRY(execute(sql, std::span(values)), "write rows");
    return {};
  }
  return inner_->guard([&] {
    auto& statement = inner_->bulk_statements[sql];
    if (!statement) statement = std::make_unique<BulkStatement>(inner_->connection, sql, columns);
    statement->execute(columns);
  });
}

Result<void> Session::run(std::string_view sql) {
  return inner_->guard([&] { inner_->connection << std::string(sql); });
}

Result<void> Session::commit() { return run("COMMIT"); }

void Session::roll_back() {
  const auto before = std::exchange(inner_->failed, std::nullopt);
  // Where it fails the session is broken from now on. What was broken before stays so.
  const auto rolled_back = run("ROLLBACK");
  if (rolled_back.ok() && before && before->trouble == Trouble::broken) inner_->failed = before;
}

// Prepared where preparing costs more than a message to a server.
Result<void> Session::control(const std::string& sql) {
  if (inner_->engine == Engine::postgresql) return run(sql);
  TRY(execute(sql, {}), "keep savepoint");
  return {};
}

Result<void> Session::save(unsigned depth) { return control(savepoint("SAVEPOINT", depth)); }
Result<void> Session::release(unsigned depth) { return control(savepoint("RELEASE SAVEPOINT", depth)); }

Result<void> Session::back_to(unsigned depth) {
  if (trouble() > Trouble::refused) return failure();
  inner_->failed.reset();
  TRY(control(savepoint("ROLLBACK TO SAVEPOINT", depth)), "undo");
  return release(depth);
}

}  // namespace holdfast::storage
