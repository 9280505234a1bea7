#include "crypto/serial_number.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/random.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::uint8_t kLargestFirst = 0x7f;

}  // namespace

Result<SerialNumber> SerialNumber::random() {
  SerialNumber serial;
  // Another draw once in 128 times: a leading zero would be left out in DER.
  while (serial.bytes_.front() == 0) {
    TRY(fill_random(serial.bytes_), "draw serial number");
    serial.bytes_.front() &= kLargestFirst;
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
