// One spelling for one value, so that a firmware that prints in capitals is not another machine.
#pragma once

#include "core/bytes.hpp"
#include "device/fingerprint/scratch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::fingerprint {

/// How the bytes of a source are to be read.
enum class ValueFormat {
  text,  ///< kept as it is but for white space and zero bytes at both ends
  hex,   ///< lower case, without a leading "0x"
  mac,   ///< "aa:bb:cc:dd:ee:ff"
  uuid,  ///< "01234567-89ab-cdef-0123-456789abcdef"
};

/// The normal form of `raw`. A value that is not of its format is treated as text.
[[nodiscard]] WipedBytes normalise(ByteView raw, ValueFormat format);

/// `text` without white space and zero bytes at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The number of a MAC address in normal form.
[[nodiscard]] std::optional<std::uint64_t> parse_mac(std::string_view text);
/// Whether `text` is a UUID with dashes, in any case.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace holdfast::fingerprint
