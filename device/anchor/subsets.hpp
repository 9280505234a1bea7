// The k-subsets of the counted attributes, in the order in which a slot stores and tries them.
#pragma once

#include "core/bytes.hpp"

#include <cstdint>
#include <vector>

namespace holdfast::anchor {

/// Indices of counted attributes, ascending, one byte each.
using Subset = Bytes;

/// All k-subsets of {0 … n-1} in lexicographic order: with attributes sorted most stable first, the first
/// subset is the most stable one. One empty subset where k is 0; none where k exceeds n. n is at most 255.
[[nodiscard]] std::vector<Subset> k_subsets(unsigned n, unsigned k);

}  // namespace holdfast::anchor
