#include "device/anchor/subsets.hpp"

namespace holdfast::anchor {

std::vector<Subset> k_subsets(unsigned n, unsigned k) {
  std::vector<Subset> all;
  if (k > n) return all;
  Subset current(k);
  for (unsigned i = 0; i < k; ++i) current[i] = static_cast<std::uint8_t>(i);
  while (true) {
    all.push_back(current);
    unsigned i = k;
    while (i > 0 && current[i - 1] == n - k + i - 1) --i;
    if (i == 0) return all;
    ++current[i - 1];
    for (unsigned j = i; j < k; ++j) current[j] = static_cast<std::uint8_t>(current[j - 1] + 1);
  }
}

}  // namespace holdfast::anchor
