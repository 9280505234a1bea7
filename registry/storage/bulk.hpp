// Many rows in one go.
#pragma once

#include "registry/storage/place.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace holdfast::storage {

/// What rows are added to.
struct BulkTarget {
  std::string_view table;
  std::string_view columns;  ///< names, with commas between them
  /// A letter for each column: t for text, n for numbers, o for text that is absent where it is empty.
  std::string_view kinds;
};

/// One column's values, for all rows.
using BulkColumn = std::variant<std::vector<long long>, std::vector<std::string>>;

/// The statement that adds rows: for SQLite one that is executed for each row, for PostgreSQL one whose parameters are
/// whole columns as arrays.
[[nodiscard]] std::string bulk_insert(Engine engine, const BulkTarget& target);

/// A column as PostgreSQL writes arrays.
[[nodiscard]] std::string array_literal(const BulkColumn& column);

}  // namespace holdfast::storage
