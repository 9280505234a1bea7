// Comparing secrets.
#pragma once

#include "core/bytes.hpp"

namespace holdfast::crypto {

/// Whether both are equal, in time that depends on their sizes alone.
[[nodiscard]] bool ct_equal(ByteView a, ByteView b);

}  // namespace holdfast::crypto
