// Internal to crypto/: the attribute types of names, each a row of one table.
#pragma once

#include "crypto/x509_name.hpp"

#include <cstddef>
#include <cstdint>

namespace holdfast::crypto {

/// The character sets of attribute values (RFC 5280, appendix A): utf8_string wherever there is a choice.
enum class NameEncoding : std::uint8_t { utf8_string, printable_string, ia5_string };

struct AttributeRow {
  std::string_view name;
  std::string_view oid;
  NameEncoding encoding;
  std::size_t max_characters;
};

/// nullptr where there is no such row. Names are compared in any case.
[[nodiscard]] const AttributeRow* find_attribute_by_name(std::string_view name);
[[nodiscard]] const AttributeRow* find_attribute_by_oid(std::string_view oid);

/// "CN, O, …", for messages.
[[nodiscard]] std::string list_attributes();

/// What shows the type of an attribute: its short name, or the OID itself.
[[nodiscard]] std::string_view name_of_attribute(std::string_view oid);

/// Whether the value can stand in a certificate. ErrorCode::usage, beginning with the type's name.
[[nodiscard]] Result<void> check_attribute(const NameAttribute& attribute);

/// Whether `text` is a dotted OID in its one spelling: at least two arcs, the first two within their bounds.
[[nodiscard]] bool is_dotted_oid(std::string_view text);

}  // namespace holdfast::crypto
