#include "device/puf/selection.hpp"

#include <bit>

#include "device/puf/entropy.hpp"
#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::bytes_of;
using test::expect_error;
using test::must;

TEST(Pairs, AreThoseThatDifferAndGiveTheirFirst) {
  // 00 01 10 11 | 01 01 10 10 : pairs 2, 3, 5, 6, 7 and 8; first cells 0 1 0 0 1 1.
  const Bytes cells{0b00011011, 0b01011010};
  EXPECT_EQ(count_differing_pairs(cells), 6U);
  const auto picked = must(pick_differing_pairs(cells, 6));
  EXPECT_EQ(picked, Bytes{0b01101111});
  EXPECT_EQ(bytes_of(gather_pairs(cells, picked, 1)), Bytes{0b01001100});
}

TEST(Pairs, BehindTheLastThatIsWantedAreNotPicked) {
  const Bytes cells{0b01010101, 0b01010101, 0b10101010, 0b10101010};
  EXPECT_EQ(must(pick_differing_pairs(cells, 3)), Bytes{0b11100000});
  EXPECT_EQ(must(pick_differing_pairs(cells, 8)), Bytes{0b11111111});
  EXPECT_EQ(must(pick_differing_pairs(cells, 9)), (Bytes{0b11111111, 0b10000000}));
  expect_error(pick_differing_pairs(cells, 17), ErrorCode::refused,
               "of 16 pairs of cells 16 differ, and 17 are needed");
}

TEST(Pairs, ThatAreTooFewOrTooManyAreNoError) {
  const Bytes cells{0xAA, 0xAA};
  EXPECT_EQ(bytes_of(gather_pairs(cells, Bytes{0x00}, 2)), Bytes(2));
  EXPECT_EQ(bytes_of(gather_pairs(cells, Bytes{0xFF}, 1)), Bytes{0xFF});
  const Bytes more{0xAA, 0xAA, 0xFF, 0xFF};
  EXPECT_EQ(bytes_of(gather_pairs(more, Bytes{0xFF, 0xFF}, 1)), Bytes{0xFF});
}

TEST(Pairs, ThatDoNotDifferOrWerePassedOverAreMispicked) {
  const Bytes cells{0b00011011, 0b01011010};  // pairs 2, 3, 5, 6, 7 and 8 differ
  EXPECT_EQ(count_mispicked_pairs(cells, Bytes{0b01101111}), 0U);
  EXPECT_EQ(count_mispicked_pairs(cells, Bytes{0b11101111}), 1U);
  EXPECT_EQ(count_mispicked_pairs(cells, Bytes{0b00101110}), 2U);
  EXPECT_EQ(count_mispicked_pairs(cells, Bytes{0b10010000}), 8U);
  EXPECT_EQ(count_mispicked_pairs(Bytes{0, 0, 0x55, 0x55}, Bytes{0, 0xFF}), 0U);
}

TEST(Pairs, AreUnbiasedWhateverTheBias) {
  for (const double ones : {0.2, 0.4, 0.7, 0.9}) {
    const auto cells = must(simulate_readouts({.bytes = 100'000, .ones = ones, .error_rate = 0, .seed = 7}, 1)).front();
    const std::size_t wanted = count_differing_pairs(cells) / 8 * 8;
    const auto gathered = bytes_of(gather_pairs(cells, must(pick_differing_pairs(cells, wanted)), wanted / 8));
    EXPECT_NEAR(predictability_of(gathered).ones, 0.5, 0.01) << ones;
    EXPECT_NEAR(static_cast<double>(wanted) / 400'000, 2 * ones * (1 - ones), 0.01) << ones;
  }
}

// Among picked cells the rarer value, which flips more easily, is as frequent as the other.
TEST(Pairs, HaveTheErrorRateThatIsForetold) {
  for (const double ones : {0.5, 0.3, 0.8}) {
    const auto readouts = must(simulate_readouts({.bytes = 200'000, .ones = ones, .error_rate = 0.1, .seed = 3}, 2));
    const auto picked = must(pick_differing_pairs(readouts[0], 100'000));
    const auto one = bytes_of(gather_pairs(readouts[0], picked, 12'500));
    const auto two = bytes_of(gather_pairs(readouts[1], picked, 12'500));
    EXPECT_NEAR(static_cast<double>(count_differing(one, two)) / 100'000, error_rate_of_pairs(0.1, ones), 0.01) << ones;
  }
  EXPECT_GT(error_rate_of_pairs(0.1, 0), 1);
}

}  // namespace
}  // namespace holdfast::puf
