// Prepared statements. The one header of this folder, with statement_bulk.hpp, that includes the database library.
#pragma once

#include "registry/storage/values.hpp"

#include <soci/soci.h>

#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace holdfast::storage {

/// A statement and the places from which its parameters and into which its columns go. Belongs to one session.
/// Functions throw what the library throws.
class Statement {
 public:
  /// `columns` has a letter for each column: t for text, n for numbers.
  Statement(soci::session& session, std::string_view sql, std::string_view columns, std::span<const Value> like);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() = default;

  /// How many rows it changed.
  [[nodiscard]] std::uint64_t execute(std::span<const Value> values);
  /// All rows that it finds.
  [[nodiscard]] std::vector<Row> query(std::span<const Value> values);

 private:
  struct Slot {
    ValueKind kind = ValueKind::text;
    std::string text;
    long long number = 0;
    soci::indicator state = soci::i_ok;
  };
  void bind(std::span<const Value> values);
  [[nodiscard]] Row take_row();
  void forget_values();

  // In deques, because the library keeps their addresses.
  std::deque<Slot> in_;
  std::deque<Slot> out_;
  soci::statement statement_;
};

}  // namespace holdfast::storage
