#include "crypto/serial_number.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/random.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::uint8_t kLargestFirst = 0x7f;
// A leading zero would be left out in DER, and a leading one bit make it negative.
constexpr std::int64_t kFirstMinute = 0x01000000;
constexpr std::int64_t kLastMinute = 0x7fffffff;
constexpr std::size_t kMinuteSize = 4;

}  // namespace

Result<SerialNumber> SerialNumber::draw(Timestamp now) {
  SerialNumber serial;
  TRY(fill_random(std::span(serial.bytes_).subspan(kMinuteSize)), "draw serial number");
  const std::int64_t since_1970 = std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count();
  const std::int64_t minute = std::clamp(since_1970, kFirstMinute, kLastMinute);
  for (std::size_t i = 0; i < kMinuteSize; ++i) {
    serial.bytes_[i] = static_cast<std::uint8_t>(minute >> (8 * (kMinuteSize - 1 - i)));
  }
  return serial;
}

Result<SerialNumber> SerialNumber::parse(std::string_view hex) {
  const auto bytes = parse_hex(hex);
  if (!bytes.ok() || bytes->size() != kSize || bytes->front() == 0 || bytes->front() > kLargestFirst) {
    return Error(ErrorCode::malformed, "'" + printable(hex, 80) +
                                           "' is not a serial number of a certificate: 32 hexadecimal digits, the "
                                           "first two from 01 to 7f");
  }
  SerialNumber serial;
  std::ranges::copy(*bytes, serial.bytes_.begin());
  return serial;
}

std::string SerialNumber::to_hex() const { return holdfast::to_hex(bytes_); }

}  // namespace holdfast::crypto
