// Distinguished names: whom a certificate is about, as people type it and as it is shown to them.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::crypto {

/// One attribute of a name, such as the common name "gate 7".
struct NameAttribute {
  std::string oid;    ///< of the attribute's type, dotted: "2.5.4.3"
  std::string value;  ///< UTF-8, without control characters
  bool operator==(const NameAttribute&) const = default;
};

/// What stands at one level of a name: nearly always one attribute.
using RelativeName = std::vector<NameAttribute>;

/// The subject of a certificate. Never empty.
class DistinguishedName {
 public:
  /// Reads a name as people type it, in one of two forms that mean the same here:
  ///   CN=gate 7,O=Example\, Inc.,C=DE    RFC 4514: most specific first; the certificate has it the other way round
  ///   /C=DE/O=Example, Inc./CN=gate 7    as `openssl req -subj`: in the order of the certificate
  /// Types: CN, O, OU, C, ST, L, street, serialNumber, UID, DC, emailAddress, title, GN, SN in any case, and dotted
  /// OIDs. A backslash takes away the meaning of the special character behind it, or stands before two hexadecimal
  /// digits of a byte; in the comma form a value may stand in double quotes. `+` joins the attributes of one level.
  /// Spaces around types and values are not part of them. ErrorCode::usage, naming the place and what to write instead.
  [[nodiscard]] static Result<DistinguishedName> parse(std::string_view typed);

  /// In the order of the certificate: the most specific comes last.
  [[nodiscard]] const std::vector<RelativeName>& relative_names() const { return relative_names_; }

  /// The comma form, which `parse` reads back as the same name; safe to show: see `escape_name_value`.
  [[nodiscard]] std::string to_text() const;

  bool operator==(const DistinguishedName&) const = default;

 private:
  DistinguishedName() = default;
  std::vector<RelativeName> relative_names_;
};

/// `value` as RFC 4514 writes it. Control characters, invisible characters (which could turn the order of the others
/// around) and bytes that are not UTF-8 become hexadecimal, so that the text may be shown on a terminal.
[[nodiscard]] std::string escape_name_value(std::string_view value);

}  // namespace holdfast::crypto
