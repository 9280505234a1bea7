// Values that many machines share because nobody filled them in.
#pragma once

#include "core/bytes.hpp"

namespace holdfast::fingerprint {

/// Whether `value`, normalised and not blank, is one of the placeholders that makers and installers leave
/// behind. Case, white space at the ends and separators between digits do not matter.
[[nodiscard]] bool is_placeholder(ByteView value);

}  // namespace holdfast::fingerprint
