// JSON as the formats need it: strict when read, canonical when written.
#pragma once

#include "core/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

using Json = nlohmann::json;

/// Parses one JSON text (RFC 8259): UTF-8, no duplicate member names, at most 32 levels deep, nothing
/// behind it. Errors (ErrorCode::malformed) name `what` and the line and column, or the member that appears twice.
[[nodiscard]] Result<Json> parse_json(std::string_view text, const std::string& what);

/// The one spelling that the formats use: members sorted by name in byte order, no white space, UTF-8
/// unescaped but for what JSON demands, numbers as integers. Fails on text that is not UTF-8.
[[nodiscard]] Result<std::string> canonical_json(const Json& value);

/// Parses text that must be exactly its own canonical form, so that one value has one spelling.
[[nodiscard]] Result<Json> parse_canonical_json(std::string_view text, const std::string& what);

/// Reads the members of one JSON object by name and type, and refuses members that nobody asked for.
///
/// Usage: construct, take every member, then `finish()`. The first failure is kept and returned by
/// `finish`; until then readers return empty values, so that parsing code needs no branch a member.
class JsonReader {
 public:
  /// `object` must outlive the reader; `what` names it in errors, for example "slot 2".
  JsonReader(const Json& object, std::string what);

  [[nodiscard]] std::string text(const std::string& name, std::size_t max_size);
  [[nodiscard]] std::string optional_text(const std::string& name, std::size_t max_size);
  [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t min, std::uint64_t max);
  [[nodiscard]] bool boolean(const std::string& name);
  /// A base64 or hex member whose decoded size lies within the bounds (bytes).
  [[nodiscard]] std::vector<std::uint8_t> base64(const std::string& name, std::size_t min, std::size_t max);
  [[nodiscard]] std::vector<std::uint8_t> hex(const std::string& name, std::size_t size);
  /// A nested array or object; an empty one where it is missing or of another type.
  [[nodiscard]] const Json& array(const std::string& name, std::size_t max_elements);
  [[nodiscard]] const Json& object(const std::string& name);
  [[nodiscard]] bool has(const std::string& name) const;

  /// Records a failure found by the caller, in the reader's words.
  void fail(const std::string& member, const std::string& why);
  [[nodiscard]] Result<void> finish();

 private:
  const Json* find(const std::string& name, bool required);

  const Json& object_;
  std::string what_;
  std::vector<std::string> taken_;
  std::string failure_;
};

}  // namespace holdfast
