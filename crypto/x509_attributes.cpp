#include "crypto/x509_attributes.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "core/text.hpp"

namespace holdfast::crypto {
namespace {

// The limit for types that have none of their own, so that a name stays a name.
constexpr std::size_t kNoOwnLimit = 256;

using enum NameEncoding;

// Limits: RFC 5280, appendix A ("ub-…"); for UID RFC 4524; for DC the length of a DNS label.
constexpr auto kAttributes = std::to_array<AttributeRow>({
    {"CN", "2.5.4.3", utf8_string, 64},
    {"O", "2.5.4.10", utf8_string, 64},
    {"OU", "2.5.4.11", utf8_string, 64},
    {"C", "2.5.4.6", printable_string, 2},
    {"ST", "2.5.4.8", utf8_string, 128},
    {"L", "2.5.4.7", utf8_string, 128},
    {"street", "2.5.4.9", utf8_string, 128},
    {"serialNumber", "2.5.4.5", printable_string, 64},
    {"UID", "0.9.2342.19200300.100.1.1", utf8_string, 256},
    {"DC", "0.9.2342.19200300.100.1.25", ia5_string, 63},
    {"emailAddress", "1.2.840.113549.1.9.1", ia5_string, 255},
    {"title", "2.5.4.12", utf8_string, 64},
    {"GN", "2.5.4.42", utf8_string, kNoOwnLimit},
    {"SN", "2.5.4.4", utf8_string, kNoOwnLimit},
});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_printable_string(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
  });
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Error wrong(const NameAttribute& attribute, const std::string& what) {
  return {ErrorCode::usage, std::string(name_of_attribute(attribute.oid)) + " " + what};
}

/// How many characters the value has, all of which can be read.
Result<std::size_t> count_characters(const NameAttribute& attribute) {
  // Without these two some scripts cannot be written; nothing is reordered or hidden by them.
  constexpr std::array<std::string_view, 2> kJoiners{"\u200c", "\u200d"};
  std::size_t count = 0;
  for (std::string_view rest = attribute.value; !rest.empty(); ++count) {
    const auto [bytes, kind] = first_character(rest);
    rest.remove_prefix(bytes.size());
    const auto shown = [&] { return "'" + escape_name_value(bytes) + "'"; };
    if (kind == CharacterKind::not_utf8) return wrong(attribute, "is not valid UTF-8 at the byte " + shown());
    if (kind == CharacterKind::control)
      return wrong(attribute, "has the control character " + shown() + "; take it out");
    if (kind == CharacterKind::invisible && !std::ranges::contains(kJoiners, bytes)) {
      return wrong(attribute, "has the invisible character " + shown() + "; take it out");
    }
  }
  return count;
}

Result<void> check_country(const NameAttribute& attribute) {
  if (attribute.value.size() == 2 && std::ranges::all_of(attribute.value, is_capital)) return {};
  return wrong(attribute, "is a country's code of two capital letters, such as DE, and not '" +
                              printable(attribute.value, 40) + "'");
}

}  // namespace

const AttributeRow* find_attribute_by_name(std::string_view name) {
  const auto* const row = std::ranges::find_if(kAttributes, [&](const AttributeRow& candidate) {
    return std::ranges::equal(candidate.name, name, {}, lower, lower);
  });
  return row == kAttributes.end() ? nullptr : row;
}

const AttributeRow* find_attribute_by_oid(std::string_view oid) {
  const auto* const row = std::ranges::find(kAttributes, oid, &AttributeRow::oid);
  return row == kAttributes.end() ? nullptr : row;
}

std::string list_attributes() {
  std::string text;
  for (const AttributeRow& row : kAttributes) text += (text.empty() ? "" : ", ") + std::string(row.name);
  return text;
}

std::string_view name_of_attribute(std::string_view oid) {
  const AttributeRow* const row = find_attribute_by_oid(oid);
  return row == nullptr ? oid : row->name;
}

Result<void> check_attribute(const NameAttribute& attribute) {
  const AttributeRow* const row = find_attribute_by_oid(attribute.oid);
  if (attribute.value.empty()) return wrong(attribute, "has no value; write one, or leave it out");
  TRY_LET(const std::size_t count, count_characters(attribute), "read the value");
  if (row != nullptr && row->name == "C") return check_country(attribute);
  const std::size_t most = row == nullptr ? kNoOwnLimit : row->max_characters;
  if (count > most) {
    return wrong(attribute,
                 "takes at most " + std::to_string(most) + " characters, and " + std::to_string(count) + " were given");
  }
  const NameEncoding encoding = row == nullptr ? utf8_string : row->encoding;
  if (encoding == printable_string && !is_printable_string(attribute.value)) {
    return wrong(attribute, "takes only letters of the English alphabet, digits, spaces and ' ( ) + , - . / : = ?");
  }
  if (encoding == ia5_string && !is_ascii(attribute.value)) {
    return wrong(attribute, "takes only ASCII; give a domain in its xn-- form");
  }
  return {};
}

bool is_dotted_oid(std::string_view text) {
  constexpr std::size_t kMaxSize = 100;
  constexpr unsigned kSecondArcs = 40;
  std::size_t arcs = 0;
  if (text.size() > kMaxSize || text.size() < 3 || text[0] > '2' || text[1] != '.') return false;
  for (const auto part : std::views::split(text, '.')) {
    const std::string_view arc(part.begin(), part.end());
    if (arc.empty() || !std::ranges::all_of(arc, is_digit) || (arc.size() > 1 && arc[0] == '0')) return false;
    // Below 0 and 1 there are 40 arcs each.
    const bool bounded = arcs == 1 && text[0] != '2';
    if (bounded && (arc.size() > 2 || std::stoul(std::string(arc)) >= kSecondArcs)) return false;
    ++arcs;
  }
  return true;
}

}  // namespace holdfast::crypto
