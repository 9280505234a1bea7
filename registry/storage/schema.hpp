// The schema, version by version, as statements for either engine.
#pragma once

#include "registry/storage/place.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::storage {

/// What the database itself refuses, whoever asks: a change of `table` for which the condition on NEW and OLD holds.
struct Rule {
  std::string_view name;
  std::string_view table;
  std::string_view change;     ///< INSERT, UPDATE or DELETE
  std::string_view condition;  ///< SQL that both engines understand
  std::string_view message;
};

/// One step from one version of the schema to the next.
struct SchemaStep {
  /// Statements for both engines, in which {text} and {number} stand for types, {table} for a table's options,
  /// and {keyed} for those of a small one whose rows lie in the order of the key.
  std::span<const std::string_view> shared;
  std::span<const Rule> rules;
  std::span<const std::string_view> sqlite;
  std::span<const std::string_view> postgresql;
};

/// The step's statements for one engine, in the order in which they are executed.
[[nodiscard]] std::vector<std::string> statements_of(const SchemaStep& step, Engine engine);

/// Every step; the first makes version 1 of an empty database.
[[nodiscard]] std::span<const SchemaStep> schema_steps();

}  // namespace holdfast::storage
