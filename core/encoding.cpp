#include "core/encoding.hpp"

#include <array>
#include <optional>

#include "core/secret_bytes.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kCrockfordDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::optional<std::uint8_t> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::uint8_t> crockford_value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const auto at = kCrockfordDigits.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

Error bad_base64(std::string_view why) { return {ErrorCode::malformed, "not canonical base64: " + std::string(why)}; }

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

Result<Bytes> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error(ErrorCode::malformed, "hexadecimal text has an odd number of digits");
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_value(text[i]);
    const auto low = hex_value(text[i + 1]);
    if (!high || !low) {
      return Error(ErrorCode::malformed, "not a hexadecimal digit at position " + std::to_string(high ? i + 1 : i));
    }
    bytes.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  return bytes;
}

std::string to_base64(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16 |
                                (left > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0U) |
                                (left > 2 ? static_cast<std::uint32_t>(bytes[i + 2]) : 0U);
    text += kBase64Digits[group >> 18 & 63];
    text += kBase64Digits[group >> 12 & 63];
    text += left > 1 ? kBase64Digits[group >> 6 & 63] : '=';
    text += left > 2 ? kBase64Digits[group & 63] : '=';
  }
  return text;
}

Result<Bytes> parse_base64(std::string_view text) {
  static constexpr auto kValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
      values[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
  }();
  if (text.size() % 4 != 0) return bad_base64("its length is not a multiple of four");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const int value = j < digits ? kValues[static_cast<unsigned char>(text[i + j])] : 0;
      if (value < 0) return bad_base64("unexpected character at position " + std::to_string(i + j));
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    if ((digits == 2 && (group & 0xFFFF) != 0) || (digits == 3 && (group & 0xFF) != 0)) {
      return bad_base64("unused bits are not zero");
    }
    bytes.push_back(static_cast<std::uint8_t>(group >> 16));
    if (digits > 2) bytes.push_back(static_cast<std::uint8_t>(group >> 8 & 255));
    if (digits > 3) bytes.push_back(static_cast<std::uint8_t>(group & 255));
  }
  return bytes;
}

std::string to_crockford32(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 8 / 5 + 1);  // it may be secret: growing would leave copies behind
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const auto byte : bytes) {
    pending = pending << 8 | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kCrockfordDigits[pending >> bits & 31];
    }
  }
  return text;
}

Result<Bytes> parse_crockford32(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() * 5 / 8 + 1);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-' || text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') continue;
    const auto value = crockford_value(text[i]);
    if (!value) {
      wipe(bytes);
      return Error(ErrorCode::malformed, "unexpected character at position " + std::to_string(i + 1));
    }
    pending = (pending << 5 | *value) & 0xFFF;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(pending >> bits & 255));
    }
  }
  if (bits != 0) {
    wipe(bytes);
    return Error(ErrorCode::malformed, "characters are missing or too many");
  }
  return bytes;
}

void append_u32(Bytes& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append_u64(Bytes& to, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append_lp(Bytes& to, ByteView field) {
  append_u32(to, static_cast<std::uint32_t>(field.size()));
  append(to, field);
}

}  // namespace holdfast
