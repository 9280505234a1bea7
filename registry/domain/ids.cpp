#include "registry/domain/ids.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "crypto/random.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kTextSize = 36;
bool is_dash(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }
bool is_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

Result<std::string> make_uuid(Timestamp now) {
  TRY_LET(Bytes bytes, crypto::random_bytes(16), "draw identifier");
  const auto milliseconds = static_cast<std::uint64_t>(std::chrono::milliseconds(now.time_since_epoch()).count());
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (5 - i)));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x70U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
  std::string text = to_hex(bytes);
  for (const std::size_t place : {8U, 13U, 18U, 23U}) text.insert(place, 1, '-');
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kTextSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i) ? text[i] != '-' : !is_digit(text[i])) return false;
  }
  return true;
}

}  // namespace holdfast::domain
