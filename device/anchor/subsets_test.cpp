#include "device/anchor/subsets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "device/fingerprint/quorum.hpp"

namespace holdfast::anchor {
namespace {

TEST(Subsets, ListsTheMostStableFirstAndEachOnce) {
  EXPECT_EQ(k_subsets(4, 2), (std::vector<Subset>{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}));
}

TEST(Subsets, HasOneEmptySubsetWhereNothingIsCounted) {
  EXPECT_EQ(k_subsets(0, 0), (std::vector<Subset>{{}}));
  EXPECT_EQ(k_subsets(3, 0), (std::vector<Subset>{{}}));
  EXPECT_TRUE(k_subsets(2, 3).empty());
}

TEST(Subsets, AreAsManyAsTheBinomialCoefficientSays) {
  for (unsigned n = 0; n <= 12; ++n) {
    for (unsigned k = 0; k <= n; ++k) {
      const auto all = k_subsets(n, k);
      EXPECT_EQ(all.size(), fingerprint::count_subsets(n, k)) << n << " choose " << k;
      std::vector<std::string> texts;
      for (const auto& subset : all) texts.emplace_back(subset.begin(), subset.end());
      EXPECT_TRUE(std::ranges::is_sorted(texts));
      EXPECT_EQ(std::ranges::adjacent_find(texts), texts.end());
    }
  }
}

}  // namespace
}  // namespace holdfast::anchor
