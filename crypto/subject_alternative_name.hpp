// Alternative names: under which addresses the holder of a certificate is reached.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::crypto {

enum class AlternativeNameKind : std::uint8_t { dns, ip, uri, email };

/// One alternative name, ready for a certificate.
class SubjectAlternativeName {
 public:
  /// Reads "DNS:gate7.example.org", "IP:192.0.2.7", "IP:2001:db8::7", "URI:urn:example:gate7" or
  /// "email:gate7@example.org". DNS names: letters, digits and dashes, other alphabets in their xn-- form; "*" only as
  /// the whole first label. ErrorCode::usage, naming what is wrong and what to write instead.
  [[nodiscard]] static Result<SubjectAlternativeName> parse(std::string_view typed);

  [[nodiscard]] AlternativeNameKind kind() const { return kind_; }
  /// As it stands in the certificate: ASCII, or the 4 or 16 bytes of an address.
  [[nodiscard]] const Bytes& value() const { return value_; }

  /// Whether both name the same; DNS names are compared in any case.
  [[nodiscard]] bool operator==(const SubjectAlternativeName& other) const;

 private:
  SubjectAlternativeName(AlternativeNameKind kind, Bytes value) : kind_(kind), value_(std::move(value)) {}
  AlternativeNameKind kind_;
  Bytes value_;
};

/// All names of one certificate: at most 100, each once. May be empty. ErrorCode::usage.
[[nodiscard]] Result<std::vector<SubjectAlternativeName>> parse_alternative_names(std::span<const std::string> typed);

}  // namespace holdfast::crypto
