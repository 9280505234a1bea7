// Internal to crypto/: divisibility of large secret numbers by small ones, without divisions, whose time depends on
// what is divided.
#pragma once

#include "core/bytes.hpp"

#include <cstdint>

namespace holdfast::crypto {

/// Whether an odd prime below 2^16 divides `number`: big-endian, a multiple of 8 bytes. Where none does, the time
/// depends on the size alone.
[[nodiscard]] bool has_small_factor(ByteView number);

/// Whether `divisor`, which is odd, divides `number - minus`; `number` is as above and not smaller than `minus`.
[[nodiscard]] bool divides(std::uint64_t divisor, ByteView number, std::uint64_t minus = 0);

}  // namespace holdfast::crypto
