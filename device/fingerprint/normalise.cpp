#include "device/fingerprint/normalise.hpp"

#include <algorithm>

namespace holdfast::fingerprint {
namespace {

constexpr std::size_t kMacDigits = 12;
constexpr std::size_t kUuidDigits = 32;

bool is_padding(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

bool all_hex(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_hex_digit); }

// The hexadecimal digits of `text` in lower case, or nothing where other characters than `separators` stand between.
WipedBytes digits_of(std::string_view text, std::string_view separators) {
  WipedBytes digits;
  digits.reserve(text.size());
  for (const char c : text) {
    if (is_hex_digit(c)) {
      digits.push_back(static_cast<std::uint8_t>(ascii_lower(c)));
    } else if (!separators.contains(c)) {
      return {};
    }
  }
  return digits;
}

WipedBytes copy_of(std::string_view text) { return {text.begin(), text.end()}; }

WipedBytes normal_hex(std::string_view text) {
  const bool prefixed = text.starts_with("0x") || text.starts_with("0X");
  const auto digits = prefixed ? text.substr(2) : text;
  return all_hex(digits) ? digits_of(digits, "") : copy_of(text);
}

WipedBytes normal_mac(std::string_view text) {
  const auto digits = digits_of(text, ":-.");
  if (digits.size() != kMacDigits) return copy_of(text);
  WipedBytes mac;
  mac.reserve(kMacDigits + 5);
  for (std::size_t i = 0; i < kMacDigits; ++i) {
    if (i > 0 && i % 2 == 0) mac.push_back(':');
    mac.push_back(digits[i]);
  }
  return mac;
}

WipedBytes normal_uuid(std::string_view text) {
  const auto digits = digits_of(text, "-{}");
  if (digits.size() != kUuidDigits) return copy_of(text);
  WipedBytes uuid;
  uuid.reserve(kUuidDigits + 4);
  for (std::size_t i = 0; i < kUuidDigits; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) uuid.push_back('-');
    uuid.push_back(digits[i]);
  }
  return uuid;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  return text;
}

WipedBytes normalise(ByteView raw, ValueFormat format) {
  const auto text = trimmed(as_text(raw));
  switch (format) {
    case ValueFormat::text: return copy_of(text);
    case ValueFormat::hex: return normal_hex(text);
    case ValueFormat::mac: return normal_mac(text);
    case ValueFormat::uuid: return normal_uuid(text);
  }
  return copy_of(text);
}

std::optional<std::uint64_t> parse_mac(std::string_view text) {
  if (text.size() != kMacDigits + 5) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2) {
      if (text[i] != ':') return std::nullopt;
      continue;
    }
    const char c = ascii_lower(text[i]);
    if (!is_hex_digit(c)) return std::nullopt;
    number = number * 16 + static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return number;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidDigits + 4) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

}  // namespace holdfast::fingerprint
