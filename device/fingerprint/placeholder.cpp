#include "device/fingerprint/placeholder.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "device/fingerprint/normalise.hpp"
#include "device/fingerprint/scratch.hpp"

namespace holdfast::fingerprint {
namespace {

// In lower case, with single spaces, and without full stops or exclamation marks at the end.
constexpr auto kPhrases = std::to_array<std::string_view>({
    "to be filled by o.e.m",
    "to be filled by oem",
    "to be set by o.e.m",
    "to be set by oem",
    "default string",
    "default",
    "system serial number",
    "system serial",
    "system product name",
    "system version",
    "system uuid",
    "chassis serial number",
    "chassis serial",
    "base board serial number",
    "baseboard serial number",
    "board serial number",
    "board serial",
    "mb serial number",
    "product serial number",
    "product serial",
    "serial number",
    "serial",
    "serial_number",
    "sernum0",
    "type2 - board serial number",
    "type3 - chassis serial number",
    "none",
    "(none)",
    "n/a",
    "n.a",
    "na",
    "not specified",
    "not applicable",
    "not available",
    "not present",
    "not provided",
    "not defined",
    "not settable",
    "not set",
    "no serial number",
    "no asset tag",
    "no asset information",
    "asset tag",
    "asset-1234567890",
    "nb-1234567890",
    "unknown",
    "unspecified",
    "undefined",
    "uninitialized",
    "uninitialised",
    "oem",
    "o.e.m",
    "oem default",
    "invalid",
    "empty",
    "blank",
    "null",
    "(null)",
    "nil",
    "changeme",
    "change me",
    "localhost",
    "localhost.localdomain",
    "nocloud",
    "iid-datasource-none",
});

// Without separators. Some are example values of firmware kits, some of Ethernet chips without a memory.
constexpr auto kNumbers = std::to_array<std::string_view>({
    "03000200040005000006000700080009",
    "00020003000400050006000700080009",
    "123456781234567890abcddeefaabbcc",
    "12345678123456781234567812345678",
    "12345678123412341234123456789abc",
    "11111111222233334444555555555555",
    "4c4c454400002010802080c04f202020",
    "001122334455",
    "112233445566",
    "001122334456",
    "000102030405",
    "010203040506",
    "123456789abc",
    "aabbccddeeff",
    "000000000001",
    "000ec6877201",
    "000ec6817901",
    "00112233445566778899aabbccddeeff",
    "000102030405060708090a0b0c0d0e0f",
    "0123456789abcdef",
    "123456789abcdef",
    "0123456789abcdef0123456789abcdef",
    "9876543210",
    "987654321",
    "87654321",
    "deadbeef",
    "abcdef",
    "abcdefgh",
});

WipedBytes lower_with_single_spaces(std::string_view text) {
  WipedBytes folded;
  folded.reserve(text.size());
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (space && !folded.empty() && folded.back() == ' ') continue;
    folded.push_back(static_cast<std::uint8_t>(space ? ' ' : ascii_lower(c)));
  }
  return folded;
}

std::string_view without_final_marks(std::string_view text) {
  while (text.size() > 1 && (text.back() == '.' || text.back() == '!')) text.remove_suffix(1);
  return text;
}

WipedBytes words_only(std::string_view text) {
  WipedBytes words;
  words.reserve(text.size());
  for (const char c : text) {
    if (is_word(c)) words.push_back(static_cast<std::uint8_t>(c));
  }
  return words;
}

// One unit of `period` characters over and over: "0000", "xxxxxxxx", "fefefefe".
bool repeats(std::string_view text, std::size_t period) {
  for (std::size_t i = period; i < text.size(); ++i) {
    if (text[i] != text[i - period]) return false;
  }
  return true;
}

// "12345", "0123456789", "12345678901234": digits that count upwards from 0 or 1.
bool counts_upwards(std::string_view text) {
  if (text.size() < 4 || (text.front() != '0' && text.front() != '1')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!is_digit(text[i]) || (text[i - 1] - '0' + 1) % 10 != text[i] - '0') return false;
  }
  return true;
}

bool is_monotonous(std::string_view words) {
  if (words.empty() || words == "0") return true;
  if (words.size() >= 2 && repeats(words, 1)) return true;
  return words.size() >= 8 && repeats(words, 2);
}

}  // namespace

bool is_placeholder(ByteView value) {
  const auto folded = lower_with_single_spaces(trimmed(as_text(value)));
  const auto phrase = without_final_marks(text_of(folded));
  if (std::ranges::contains(kPhrases, phrase)) return true;
  const auto number = phrase.starts_with("0x") ? phrase.substr(2) : phrase;
  const auto words = words_only(number);
  return is_monotonous(text_of(words)) || counts_upwards(text_of(words)) ||
         std::ranges::contains(kNumbers, text_of(words));
}

}  // namespace holdfast::fingerprint
