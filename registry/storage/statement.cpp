#include "registry/storage/statement.hpp"

#include <stdexcept>

namespace holdfast::storage {

Statement::Statement(soci::session& session, std::string_view sql, std::string_view columns,
                     std::span<const Value> like)
    : statement_(session) {
  for (const Value& value : like) {
    auto& slot = in_.emplace_back();
    slot.kind = value.kind();
    if (slot.kind == ValueKind::text) {
      statement_.exchange(soci::use(slot.text, slot.state));
    } else {
      statement_.exchange(soci::use(slot.number, slot.state));
    }
  }
  for (const char column : columns) {
    auto& slot = out_.emplace_back();
    slot.kind = column == 't' ? ValueKind::text : ValueKind::number;
    if (slot.kind == ValueKind::text) {
      statement_.exchange(soci::into(slot.text, slot.state));
    } else {
      statement_.exchange(soci::into(slot.number, slot.state));
    }
  }
  statement_.alloc();
  statement_.prepare(std::string(sql));
  statement_.define_and_bind();
}

void Statement::bind(std::span<const Value> values) {
  if (values.size() != in_.size()) throw std::logic_error("a statement got another number of values than before");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    Slot& slot = in_[i];
    if (value.kind() != slot.kind) throw std::logic_error("a statement got values of other kinds than before");
    slot.state = value.present() ? soci::i_ok : soci::i_null;
    slot.text = value.text();
    slot.number = value.number();
  }
}

Row Statement::take_row() {
  std::vector<Cell> cells;
  cells.reserve(out_.size());
  for (Slot& slot : out_) {
    const bool present = slot.state == soci::i_ok;
    if (!present) {
      cells.emplace_back();
    } else if (slot.kind == ValueKind::text) {
      cells.push_back({.present = true, .text = std::move(slot.text), .number = 0});
    } else {
      cells.push_back({.present = true, .text = {}, .number = slot.number});
    }
  }
  return Row(std::move(cells));
}

// After a failure the library keeps its copies of the values, and would take them again for values that are absent.
void Statement::forget_values() {
  statement_.undefine_and_bind();
  statement_.define_and_bind();
}

std::uint64_t Statement::execute(std::span<const Value> values) {
  bind(values);
  try {
    statement_.execute(true);
  } catch (...) {
    forget_values();
    throw;
  }
  return static_cast<std::uint64_t>(statement_.get_affected_rows());
}

// To the end, always: SQLite's transaction ends only when its last statement has.
std::vector<Row> Statement::query(std::span<const Value> values) {
  bind(values);
  std::vector<Row> rows;
  try {
    for (bool found = statement_.execute(true); found; found = statement_.fetch()) rows.push_back(take_row());
  } catch (...) {
    forget_values();
    throw;
  }
  return rows;
}

}  // namespace holdfast::storage
