// A noisy source as a picture.
#pragma once

#include "device/puf/analysis.hpp"

#include <string>

namespace holdfast::app {

/// An SVG document: how far readouts are apart, where the errors are, and where the bias is. Holds no bits of the
/// source, only counts of blocks.
[[nodiscard]] std::string plot_of(const puf::Analysis& analysis);

}  // namespace holdfast::app
