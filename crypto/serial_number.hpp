// Serial numbers of certificates.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

#include <array>
#include <compare>
#include <string>
#include <string_view>

namespace holdfast::crypto {

/// The serial number of a certificate: 16 bytes, of which the first is 1 to 127. So it is positive, DER needs no byte
/// more or less for it, and one number has one spelling.
class SerialNumber {
 public:
  static constexpr std::size_t kSize = 16;

  /// The minute in which it was drawn, in 4 bytes, and 96 unpredictable bits: half as many again as the CA/Browser
  /// Forum's baseline requirements ask for. Numbers are in the order of their minutes, so that the newest lie together
  /// in whatever index they are kept (docs/adr/0031). A clock before December 2001 counts as then.
  [[nodiscard]] static Result<SerialNumber> draw(Timestamp now);
  /// Reads 32 hexadecimal digits in any case. ErrorCode::malformed for everything that `to_hex` would not write.
  [[nodiscard]] static Result<SerialNumber> parse(std::string_view hex);

  [[nodiscard]] const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }
  /// 32 digits in lower case, as in CertificateFacts::serial.
  [[nodiscard]] std::string to_hex() const;

  auto operator<=>(const SerialNumber&) const = default;

 private:
  SerialNumber() = default;
  std::array<std::uint8_t, kSize> bytes_{};
};

}  // namespace holdfast::crypto
