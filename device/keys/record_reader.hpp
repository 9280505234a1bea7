// Reads the one spelling of a key record, member by member, without building a JSON value first.
//
// Listing ten thousand keys reads ten thousand records; a general parser and the comparison with the canonical
// form took most of that time. The record's members, their order and the characters in their texts are fixed, so
// reading them is comparing text. The fuzz target holds this reader to the general parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace holdfast::keys {

/// Usage: take every member in the order in which canonical JSON has them, then `finish()`. The first failure is
/// kept and returned by `finish`; until then readers return empty values.
class RecordReader {
 public:
  /// The views that the reader returns borrow from `line`.
  explicit RecordReader(std::string_view line) : rest_(line) {}

  /// A text without escapes. The caller must accept no quotation mark, backslash or control character in it:
  /// canonical JSON would escape those.
  [[nodiscard]] std::string_view text(std::string_view member);
  /// A whole number from 1 to 2^32 - 1.
  [[nodiscard]] std::uint32_t number(std::string_view member);
  /// An array of at least one text, as `text` reads them.
  [[nodiscard]] std::vector<std::string_view> texts(std::string_view member);

  /// Records a failure found by the caller, in the reader's words.
  void fail(std::string_view member, const std::string& why);
  /// The first failure, or one where something is left of the line.
  [[nodiscard]] Result<void> finish();

 private:
  [[nodiscard]] bool skip(std::string_view literal);
  void begin(std::string_view member);
  [[nodiscard]] std::string_view quoted(std::string_view member);

  std::string_view rest_;
  bool first_ = true;
  std::string failure_;
};

}  // namespace holdfast::keys
