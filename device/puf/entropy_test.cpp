#include "device/puf/entropy.hpp"

#include <bit>
#include <cmath>

#include "device/puf/selection.hpp"
#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::must;

Bytes independent(std::size_t bytes, double ones, std::uint64_t seed = 1) {
  return must(simulate_readouts({.bytes = bytes, .ones = ones, .error_rate = 0, .seed = seed}, 1)).front();
}

// Counting one bit after the other, as slowly as one can.
bool bit_at(ByteView bytes, std::size_t i) { return ((bytes[i / 8] >> (7 - (i % 8))) & 1) != 0; }

TEST(Predictability, OfIndependentCellsIsTheirBias) {
  for (const double ones : {0.5, 0.45, 0.6, 0.9}) {
    const auto found = predictability_of(independent(20'000, ones));
    EXPECT_NEAR(found.ones, ones, 0.01);
    EXPECT_GT(found.by_value, std::max(ones, 1 - ones) - 0.003);
    EXPECT_LT(found.by_value, std::max(ones, 1 - ones) + 0.012);
    EXPECT_LE(found.by_lag, found.by_value);
  }
}

TEST(Predictability, HasTheConfidenceBoundOfTheStandard) {
  const Bytes cells(100, 0x7F);  // 700 of 800
  const double share = 0.875;
  EXPECT_NEAR(predictability_of(cells).by_value, share + (2.576 * std::sqrt(share * (1 - share) / 799)), 1e-12);
}

TEST(Predictability, SeesRegularityThatIsBalanced) {
  for (const auto& [pattern, lag] : std::vector<std::pair<Bytes, std::size_t>>{
           {{0x55}, 1}, {{0x0F}, 4}, {{0x33}, 2}, {{0x12, 0xB7, 0x9C}, 24}, {{0x00, 0xFF}, 8}}) {
    Bytes cells;
    while (cells.size() < 1200) append(cells, pattern);
    const auto found = predictability_of(cells);
    EXPECT_GT(found.best(), 0.999) << lag;
    EXPECT_EQ(found.lag, lag);
  }
}

TEST(Predictability, SeesWhatRepeatsFarAway) {
  for (const std::size_t distance : {25U, 64U, 333U, 512U, 1024U, 2047U}) {  // bytes
    auto cells = independent(distance, 0.5);
    const auto first = cells;
    for (int i = 0; i < 3; ++i) append(cells, first);
    const auto found = predictability_of(cells);
    EXPECT_EQ(found.best(), 1) << distance;
    EXPECT_EQ(found.lag, distance * 8);
  }
}

TEST(Predictability, CountsEveryPair) {
  for (std::size_t size = 1; size < 40; ++size) {
    Bytes cells = independent(size, 0.97, size);  // so skewed that lags tell
    const auto found = predictability_of(cells);
    double best = 0.5;
    for (std::size_t lag = 1; lag <= size * 4; ++lag) {
      std::uint64_t changes = 0;
      for (std::size_t i = 0; i + lag < size * 8; ++i) changes += bit_at(cells, i) != bit_at(cells, i + lag) ? 1 : 0;
      const bool usual = lag <= kLongestSuccessiveLag || std::has_single_bit(lag);
      const double significant = usual ? kSignificant : kSignificantAmongThousands;
      best = std::max(best, predictor_bound(changes, (size * 8) - lag, significant));
    }
    EXPECT_EQ(found.by_lag, best) << size;
  }
}

TEST(Predictability, OfNothingIsComplete) { EXPECT_EQ(predictability_of({}).best(), 1); }

TEST(Predictor, IsACoinUntilChanceIsOut) {
  EXPECT_EQ(predictor_bound(5'000, 10'000), 0.5);
  EXPECT_EQ(predictor_bound(5'220, 10'000), 0.5);
  EXPECT_GT(predictor_bound(5'230, 10'000), 0.523);
  EXPECT_EQ(predictor_bound(4'770, 10'000), predictor_bound(5'230, 10'000));
  EXPECT_EQ(predictor_bound(0, 10'000), 1);
  EXPECT_EQ(predictor_bound(0, 0), 0.5);
}

TEST(Residual, IsWholeForACoinAndNothingForWhatIsKnown) {
  for (const unsigned r : {1U, 7U, 19U, 127U}) {
    EXPECT_EQ(residual_min_entropy({r}, 0.5), 256);
    EXPECT_EQ(residual_min_entropy({r}, 1), 0);
    for (double p = 0.5; p < 0.99; p += 0.01)
      EXPECT_LE(residual_min_entropy({r}, p + 0.01), residual_min_entropy({r}, p));
  }
}

// With one cell a bit, the bound is 22 times what 12 of 23 cells leave: 12 - 23 log2(2 p).
TEST(Residual, WithoutRepetitionIsTheTextbookBound) {
  EXPECT_NEAR(residual_min_entropy({1}, 0.55), 22 * (12 - (23 * std::log2(1.1))), 1e-9);
}

// The best guess at one repeated bit, by trying all cells: the sum over helper data of the likelier codeword.
TEST(Residual, IsThatOfTheBestGuess) {
  constexpr unsigned kR = 5;
  constexpr double kP = 0.53;
  double guess = 0;
  for (unsigned helper = 0; helper < (1U << kR); ++helper) {
    double likelier = 0;
    for (const unsigned codeword : {0U, (1U << kR) - 1}) {
      const auto ones = static_cast<unsigned>(std::popcount(helper ^ codeword));
      likelier = std::max(likelier, std::pow(kP, ones) * std::pow(1 - kP, kR - ones));
    }
    guess += likelier / 2;
  }
  EXPECT_NEAR(residual_min_entropy({kR}, kP), 22 * (12 - (23 * std::log2(2 * guess))), 1e-9);
}

TEST(ShareGuessed, IsThatOfTheBestPredictorAsItWasSeen) {
  for (const auto& [cells, share] : std::vector<std::pair<Bytes, double>>{{Bytes(8, 0x00), 1},
                                                                          {Bytes(8, 0xFF), 1},
                                                                          {Bytes(8, 0x55), 1},
                                                                          {Bytes(8, 0x33), 1},
                                                                          {Bytes(1, 0b11101000), 4.0 / 6},
                                                                          {Bytes(1, 0b11111110), 7.0 / 8}}) {
    EXPECT_DOUBLE_EQ(share_guessed(cells), share) << int{cells[0]};
  }
  const auto random = must(simulate_readouts({.bytes = 8128, .seed = 3}, 1)).front();
  EXPECT_LT(share_guessed(random), 0.52);
  Bytes twice = random;
  append(twice, random);
  EXPECT_LT(share_guessed(twice), 0.52);  // not at a power of two
  twice.resize(8192);
  std::ranges::copy(ByteView(twice).first(4096), twice.begin() + 4096);
  EXPECT_DOUBLE_EQ(share_guessed(twice), 1);
}

}  // namespace
}  // namespace holdfast::puf
