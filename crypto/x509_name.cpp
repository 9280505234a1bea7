#include "crypto/x509_name.hpp"

#include <algorithm>
#include <ranges>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/x509_attributes.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::size_t kMaxTyped = 4096;
constexpr std::string_view kSpecial = " \"#+,;<=>\\/";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Reads both forms from the left; the forms differ in what separates the levels and in what needs a backslash.
class NameReader {
 public:
  explicit NameReader(std::string_view typed)
      : text_(typed),
        separator_(trim(typed).starts_with('/') ? '/' : ','),
        at_(separator_ == '/' ? typed.find('/') + 1 : 0) {}

  [[nodiscard]] Result<std::vector<RelativeName>> read();
  [[nodiscard]] bool most_specific_first() const { return separator_ == ','; }

 private:
  [[nodiscard]] Result<NameAttribute> read_attribute();
  [[nodiscard]] Result<std::string> read_type();
  [[nodiscard]] Result<std::string> read_value();
  [[nodiscard]] Result<std::string> read_plain();
  [[nodiscard]] Result<std::string> read_quoted();
  [[nodiscard]] Result<char> read_escape();

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char here() const { return text_[at_]; }
  [[nodiscard]] bool at_separator() const { return at_end() || here() == separator_ || here() == '+'; }
  void skip_spaces() {
    while (!at_end() && here() == ' ') ++at_;
  }
  [[nodiscard]] Error wrong(std::size_t where, const std::string& what) const;

  std::string_view text_;
  char separator_;
  std::size_t at_;
};

Error NameReader::wrong(std::size_t where, const std::string& what) const {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  const auto before = text_.substr(0, where);
  const auto position = before.size() - static_cast<std::size_t>(std::ranges::count_if(before, continues)) + 1;
  return {ErrorCode::usage, "the subject, at character " + std::to_string(position) + ": " + what};
}

Result<std::vector<RelativeName>> NameReader::read() {
  std::vector<RelativeName> names(1);
  while (true) {
    const std::size_t start = at_;
    TRY_LET(NameAttribute attribute, read_attribute(), "read attribute");
    if (auto fine = check_attribute(attribute); !fine.ok()) return wrong(start, fine.error().message());
    if (std::ranges::contains(names.back(), attribute.oid, &NameAttribute::oid)) {
      return wrong(start, "a second " + std::string(name_of_attribute(attribute.oid)) + " joined by '+'; write '" +
                              separator_ + "' between the two, or join them to one value by '\\+'");
    }
    names.back().push_back(std::move(attribute));
    if (at_end()) return names;
    if (here() == separator_) names.emplace_back();
    ++at_;
  }
}

Result<NameAttribute> NameReader::read_attribute() {
  skip_spaces();
  NameAttribute attribute;
  TRY_LET(attribute.oid, read_type(), "read type");
  ++at_;  // the '='
  skip_spaces();
  TRY_LET(attribute.value, read_value(), "read value");
  return attribute;
}

Result<std::string> NameReader::read_type() {
  const std::size_t start = at_;
  while (!at_separator() && here() != '=') ++at_;
  const std::string_view type = trim(text_.substr(start, at_ - start));
  const std::string shown = "'" + printable(type, 40) + "'";
  if (at_end() || here() != '=') {
    if (type.empty())
      return wrong(start, std::string("an attribute such as CN=NAME is missing here; take out one '") +
                              (start > 0 ? text_[start - 1] : separator_) + "', or write one");
    return wrong(start, shown + " has no '='; write TYPE=VALUE, and inside a value '\\" + separator_ + "' and '\\+'");
  }
  if (const AttributeRow* const row = find_attribute_by_name(type); row != nullptr) return std::string(row->oid);
  if (is_dotted_oid(type)) return std::string(type);
  return wrong(start, shown + " is not a type of attribute; use one of " + list_attributes() + ", or a dotted OID");
}

Result<std::string> NameReader::read_value() {
  if (separator_ == ',' && !at_end() && here() == '"') return read_quoted();
  if (separator_ == ',' && !at_end() && here() == '#') {
    return wrong(at_, "values in hexadecimal are not taken; write the text, and for a '#' in front of it '\\#'");
  }
  return read_plain();
}

Result<std::string> NameReader::read_plain() {
  std::string value;
  std::size_t kept = 0;  // spaces behind it were typed around the value, not in it
  while (!at_separator()) {
    const char c = here();
    const bool needs_escape = separator_ == ',' && std::string_view("\";<>").find(c) != std::string_view::npos;
    if (needs_escape) return wrong(at_, std::string("'") + c + "' inside a value is written '\\" + c + "'");
    if (c == '\\') {
      TRY_LET(const char escaped, read_escape(), "read escape");
      value += escaped;
      kept = value.size();
      continue;
    }
    value += c;
    if (c != ' ') kept = value.size();
    ++at_;
  }
  value.resize(kept);
  return value;
}

Result<std::string> NameReader::read_quoted() {
  const std::size_t start = at_++;
  std::string value;
  while (!at_end() && here() != '"') {
    if (here() == '\\') {
      TRY_LET(const char escaped, read_escape(), "read escape");
      value += escaped;
    } else {
      value += text_[at_++];
    }
  }
  if (at_end()) return wrong(start, "the quotation mark that begins here has no end");
  ++at_;
  skip_spaces();
  if (!at_separator()) return wrong(at_, "behind a quoted value only ',' or '+' may follow");
  return value;
}

Result<char> NameReader::read_escape() {
  const std::string_view next = text_.substr(at_ + 1, 2);
  if (const auto byte = parse_hex(next); next.size() == 2 && byte.ok()) {
    at_ += 3;
    return static_cast<char>(byte->front());
  }
  if (next.empty() || kSpecial.find(next[0]) == std::string_view::npos) {
    return wrong(at_, R"(behind '\' a special character or two hexadecimal digits must follow; write '\\' for a '\')");
  }
  at_ += 2;
  return next[0];
}

}  // namespace

Result<DistinguishedName> DistinguishedName::parse(std::string_view typed) {
  if (trim(typed).empty()) return Error(ErrorCode::usage, "the subject is empty; give at least a name: CN=NAME");
  if (typed.size() > kMaxTyped) return Error(ErrorCode::usage, "the subject is longer than 4096 bytes; shorten it");
  NameReader reader(typed);
  DistinguishedName name;
  TRY_LET(name.relative_names_, reader.read(), "read the subject");
  if (reader.most_specific_first()) std::ranges::reverse(name.relative_names_);
  return name;
}

std::string DistinguishedName::to_text() const {
  std::string text;
  for (const RelativeName& level : relative_names_ | std::views::reverse) {
    if (!text.empty()) text += ',';
    for (const NameAttribute& attribute : level) {
      if (&attribute != &level.front()) text += '+';
      text += std::string(name_of_attribute(attribute.oid)) + "=" + escape_name_value(attribute.value);
    }
  }
  return text;
}

std::string escape_name_value(std::string_view value) {
  std::string text;
  for (std::size_t at = 0; at < value.size();) {
    const auto [bytes, kind] = first_character(value.substr(at));
    const bool first_or_last_space = bytes == " " && (at == 0 || at + 1 == value.size());
    const bool special = std::string_view(R"("+,;<>\)").find(bytes) != std::string_view::npos;
    if (kind != CharacterKind::visible) {
      for (const auto& byte : as_bytes(bytes)) text += "\\" + to_hex({&byte, 1});
    } else {
      if (first_or_last_space || special || (bytes == "#" && at == 0)) text += '\\';
      text += bytes;
    }
    at += bytes.size();
  }
  return text;
}

}  // namespace holdfast::crypto
