// What the repositories share.
#pragma once

#include "registry/storage/session.hpp"

#include <string>
#include <vector>

namespace holdfast::storage {

/// Executes a statement that changes one row; ErrorCode::not_found, naming it, where there is none.
[[nodiscard]] inline Result<void> change_row(Session& session, std::string_view sql,
                                             std::initializer_list<Value> values, const std::string& name) {
  TRY_LET(const std::uint64_t changed, session.execute(sql, values), "change " + name);
  if (changed == 0) return Error(ErrorCode::not_found, "there is no " + name);
  return {};
}

/// Executes a statement that adds a row.
[[nodiscard]] inline Result<void> add_row(Session& session, std::string_view sql, std::initializer_list<Value> values,
                                          const std::string& name) {
  TRY(session.execute(sql, values), "add " + name);
  return {};
}

/// Every row, as `parse` makes it.
template <typename T>
[[nodiscard]] Result<std::vector<T>> parse_all(Result<std::vector<Row>> rows, Result<T> (*parse)(Row&)) {
  if (!rows.ok()) return std::move(rows).error();
  std::vector<T> all;
  all.reserve(rows->size());
  for (Row& row : *rows) {
    TRY_LET(T one, parse(row), "read row");
    all.push_back(std::move(one));
  }
  return all;
}

/// The row as `parse` makes it, if there is one.
template <typename T>
[[nodiscard]] Result<std::optional<T>> parse_first(Result<std::optional<Row>> row, Result<T> (*parse)(Row&)) {
  if (!row.ok()) return std::move(row).error();
  if (!*row) return std::optional<T>();
  TRY_LET(T one, parse(**row), "read row");
  return std::optional<T>(std::move(one));
}

}  // namespace holdfast::storage
