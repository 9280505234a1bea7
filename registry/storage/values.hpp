// What goes into a statement and what comes out of it.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/encoding.hpp"
#include "core/result.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::storage {

enum class ValueKind : std::uint8_t { text, number };

/// A parameter: text in UTF-8, or a whole number; or nothing. Borrows the text.
class Value {
 public:
  Value(std::string_view text) : text_(text) {}
  Value(const std::string& text) : text_(text) {}
  Value(const char* text) : text_(text) {}
  template <std::integral T>
  Value(T number) : kind_(ValueKind::number), number_(static_cast<std::int64_t>(number)) {}
  /// Seconds since 1970.
  Value(Timestamp time) : Value(time.time_since_epoch().count()) {}
  template <typename T>
  Value(const std::optional<T>& value) : Value(value ? Value(*value) : nothing(Value(T()).kind())) {}

  /// What is absent has a kind all the same: a statement is prepared for it.
  [[nodiscard]] static Value nothing(ValueKind kind) {
    Value value(std::string_view{});
    value.kind_ = kind;
    value.present_ = false;
    return value;
  }

  [[nodiscard]] ValueKind kind() const { return kind_; }
  [[nodiscard]] bool present() const { return present_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::int64_t number() const { return number_; }

 private:
  ValueKind kind_ = ValueKind::text;
  bool present_ = true;
  std::string_view text_;
  std::int64_t number_ = 0;
};

/// The text of an identifier that may be absent.
template <typename Id>
[[nodiscard]] Value id_value(const std::optional<Id>& id) {
  return id ? Value(id->text()) : Value::nothing(ValueKind::text);
}

using Hash = std::array<std::uint8_t, 32>;
/// Reads one from its 64 hexadecimal digits. ErrorCode::malformed.
[[nodiscard]] Result<Hash> parse_hash(const std::string& text);

struct Cell {
  bool present = false;
  std::string text;
  std::int64_t number = 0;
};

/// A row, read column by column from the left. What the database's constraints keep out of it is
/// ErrorCode::malformed.
class Row {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}

  [[nodiscard]] std::string text() { return std::move(next().text); }
  [[nodiscard]] std::int64_t number() { return next().number; }
  [[nodiscard]] Timestamp time() { return Timestamp(std::chrono::seconds(next().number)); }
  [[nodiscard]] std::optional<Timestamp> maybe_time() {
    const auto& cell = next();
    return cell.present ? std::optional(Timestamp(std::chrono::seconds(cell.number))) : std::nullopt;
  }
  template <typename Id>
  [[nodiscard]] Result<Id> id() {
    return Id::parse(next().text);
  }
  template <typename Id>
  [[nodiscard]] Result<std::optional<Id>> maybe_id() {
    const auto& cell = next();
    if (!cell.present) return std::optional<Id>();
    TRY_LET(auto id, Id::parse(cell.text), "read row");
    return std::optional<Id>(std::move(id));
  }
  [[nodiscard]] Result<Hash> hash();
  [[nodiscard]] Result<std::optional<Hash>> maybe_hash();
  [[nodiscard]] Result<Bytes> bytes() { return parse_base64(next().text); }
  /// By the function that finds a word's meaning.
  template <typename T>
  [[nodiscard]] Result<T> named(std::optional<T> (*find)(std::string_view)) {
    const auto& word = next().text;
    const auto found = find(word);
    if (!found) return unknown(word);
    return *found;
  }
  template <typename T>
  [[nodiscard]] Result<std::optional<T>> maybe_named(std::optional<T> (*find)(std::string_view)) {
    if (!cells_[at_].present) return (++at_, std::optional<T>());
    TRY_LET(const T found, named(find), "read row");
    return std::optional<T>(found);
  }

 private:
  [[nodiscard]] Cell& next() { return cells_.at(at_++); }
  [[nodiscard]] static Error unknown(const std::string& word);

  std::vector<Cell> cells_;
  std::size_t at_ = 0;
};

}  // namespace holdfast::storage
