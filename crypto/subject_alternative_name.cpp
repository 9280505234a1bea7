#include "crypto/subject_alternative_name.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "core/text.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::size_t kMaxNames = 100;
constexpr std::size_t kMaxUri = 2048;
constexpr std::size_t kMaxDnsName = 253;  // RFC 1035, 2.3.4, without the lengths in front of the labels
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxMailbox = 64;  // RFC 5321, 4.5.3.1.1

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
bool is_hex_digit(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Error usage(std::string_view prefix, std::string_view value, const std::string& what) {
  return {ErrorCode::usage, "'" + std::string(prefix) + printable(value, 100) + "': " + what};
}

Result<void> check_label(std::string_view prefix, std::string_view name, std::string_view label) {
  if (label.empty()) return usage(prefix, name, "a label between two dots is empty; take out the superfluous dot");
  if (label.size() > kMaxLabel) return usage(prefix, name, "a label between dots is longer than 63 characters");
  if (label == "*") return usage(prefix, name, "'*' stands only for the whole first label of a DNS name");
  const auto* const bad = std::ranges::find_if_not(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
  if (bad != label.end() && *bad == '*') {
    return usage(prefix, name, "'*' stands for a whole label; it cannot be a part of one");
  }
  if (bad != label.end()) {
    return usage(prefix, name,
                 "'" + printable(std::string_view(bad, 1)) + "' is not allowed; letters, digits and dashes are");
  }
  if (label.front() == '-' || label.back() == '-') return usage(prefix, name, "a label begins or ends with a dash");
  return {};
}

enum class Wildcard : std::uint8_t { allowed, refused };

Result<void> check_domain(std::string_view prefix, std::string_view name, std::string_view domain, Wildcard wildcard) {
  if (domain.empty()) return usage(prefix, name, "the domain is missing");
  if (std::ranges::any_of(domain, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return usage(prefix, name, "only ASCII is allowed; give the name in its xn-- form");
  }
  if (domain.size() > kMaxDnsName) return usage(prefix, name, "the domain is longer than 253 characters");
  std::string_view labels = domain;
  if (wildcard == Wildcard::allowed && labels.starts_with("*.")) labels.remove_prefix(2);
  std::string_view last;
  for (const auto part : std::views::split(labels, '.')) {
    last = std::string_view(part.begin(), part.end());
    TRY(check_label(prefix, name, last), "check label");
  }
  // No top-level domain is a number: this is an address, which nobody would look for among the DNS names.
  if (std::ranges::all_of(last, is_digit))
    return usage(prefix, name, "this looks like an IP address; write IP:ADDRESS");
  return {};
}

Result<Bytes> parse_dns(std::string_view value) {
  TRY(check_domain("DNS:", value, value, Wildcard::allowed), "check name");
  return Bytes(value.begin(), value.end());
}

Result<Bytes> parse_ip(std::string_view value) {
  const std::string text(value);
  Bytes address(16);
  if (text.find('\0') == std::string::npos && ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  address.resize(4);
  if (text.find('\0') == std::string::npos && ::inet_pton(AF_INET, text.c_str(), address.data()) == 1) return address;
  return usage("IP:", value, "this is not an address such as 192.0.2.7 or 2001:db8::7, without prefix, zone or port");
}

Result<Bytes> parse_uri(std::string_view value) {
  if (value.size() > kMaxUri) return usage("URI:", value, "the URI is longer than 2048 characters");
  if (!is_visible_ascii(value)) {
    return usage("URI:", value, "only ASCII without spaces is allowed; write other bytes as %XX");
  }
  const auto colon = value.find(':');
  const std::string_view scheme = value.substr(0, colon);
  const bool scheme_fits =
      colon != std::string_view::npos && !scheme.empty() && is_letter(scheme.front()) &&
      std::ranges::all_of(scheme, [](char c) { return is_letter_or_digit(c) || is_one_of(c, "+-."); });
  if (!scheme_fits || colon + 1 == value.size()) {
    return usage("URI:", value,
                 "a URI begins with a scheme and a colon, such as https://example.org/ or urn:example:a");
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_one_of(value[i], "\"<>\\^`{|}")) {
      return usage("URI:", value, std::string("'") + value[i] + "' is not allowed in a URI; write it as %XX");
    }
    if (value[i] == '%' && (i + 2 >= value.size() || !is_hex_digit(value[i + 1]) || !is_hex_digit(value[i + 2]))) {
      return usage("URI:", value, "behind '%' two hexadecimal digits must follow");
    }
  }
  return Bytes(value.begin(), value.end());
}

Result<Bytes> parse_email(std::string_view value) {
  const auto at = value.find('@');
  if (at == std::string_view::npos) return usage("email:", value, "an '@' is missing");
  const std::string_view mailbox = value.substr(0, at);
  if (mailbox.empty() || mailbox.size() > kMaxMailbox) {
    return usage("email:", value, "before the '@' there must be 1 to 64 characters");
  }
  const bool fits = std::ranges::all_of(
      mailbox, [](char c) { return is_letter_or_digit(c) || is_one_of(c, ".!#$%&'*+-/=?^_`{|}~"); });
  if (!fits || mailbox.front() == '.' || mailbox.back() == '.' || mailbox.find("..") != std::string_view::npos) {
    return usage("email:", value,
                 "before the '@' only ASCII letters, digits, single dots and !#$%&'*+-/=?^_`{|}~ may stand");
  }
  TRY(check_domain("email:", value, value.substr(at + 1), Wildcard::refused), "check domain");
  return Bytes(value.begin(), value.end());
}

struct KindRow {
  AlternativeNameKind kind;
  std::string_view prefix;
  Result<Bytes> (*parse)(std::string_view);
};

constexpr auto kKinds = std::to_array<KindRow>({
    {AlternativeNameKind::dns, "DNS:", parse_dns},
    {AlternativeNameKind::ip, "IP:", parse_ip},
    {AlternativeNameKind::uri, "URI:", parse_uri},
    {AlternativeNameKind::email, "email:", parse_email},
});

}  // namespace

Result<SubjectAlternativeName> SubjectAlternativeName::parse(std::string_view typed) {
  for (const KindRow& row : kKinds) {
    if (!std::ranges::equal(typed.substr(0, row.prefix.size()), row.prefix, {}, lower, lower)) continue;
    TRY_LET(Bytes value, row.parse(typed.substr(row.prefix.size())), "read alternative name");
    return SubjectAlternativeName(row.kind, std::move(value));
  }
  return usage("", typed, "an alternative name begins with DNS:, IP:, URI: or email:");
}

bool SubjectAlternativeName::operator==(const SubjectAlternativeName& other) const {
  if (kind_ != other.kind_) return false;
  if (kind_ != AlternativeNameKind::dns) return value_ == other.value_;
  return std::ranges::equal(as_text(value_), as_text(other.value_), {}, lower, lower);
}

Result<std::vector<SubjectAlternativeName>> parse_alternative_names(std::span<const std::string> typed) {
  if (typed.size() > kMaxNames) {
    return Error(ErrorCode::usage, "a certificate takes at most 100 alternative names here, and " +
                                       std::to_string(typed.size()) + " were given");
  }
  std::vector<SubjectAlternativeName> names;
  for (const std::string& text : typed) {
    TRY_LET(SubjectAlternativeName name, SubjectAlternativeName::parse(text), "read alternative name");
    if (std::ranges::contains(names, name))
      return usage("", text, "this alternative name is given twice; give it once");
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace holdfast::crypto
