#include "device/puf/code.hpp"

#include <array>
#include <bit>
#include <cmath>

#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::expect_error;
using test::must;

TEST(Golay, DistancesBetweenCodewordsAreAtLeastSeven) {
  // Linear, so that weights are distances. Their numbers are the code's well-known distribution.
  std::array<int, kGolayBits + 1> by_weight{};
  for (std::uint32_t message = 0; message < 4096; ++message) {
    const auto word = golay_encode(message);
    EXPECT_EQ(word >> 11, message);
    ++by_weight.at(static_cast<std::size_t>(std::popcount(word)));
  }
  const std::array<int, kGolayBits + 1> expected{1,    0, 0, 0,   0,   0, 0, 253, 506, 0, 0, 1288,
                                                 1288, 0, 0, 506, 253, 0, 0, 0,   0,   0, 0, 1};
  EXPECT_EQ(by_weight, expected);
}

TEST(Golay, EveryWordHasACodewordWithinThreeBits) {
  std::uint32_t far = 0;
  std::uint32_t no_codeword = 0;
  for (std::uint32_t word = 0; word < (1U << kGolayBits); ++word) {
    const auto nearest = golay_correct(word);
    far += static_cast<unsigned>(std::popcount(word ^ nearest) > 3);
    no_codeword += static_cast<unsigned>(golay_encode(nearest >> 11) != nearest);
  }
  EXPECT_EQ(far, 0U);
  EXPECT_EQ(no_codeword, 0U);
}

TEST(Code, IsKnownByItsName) {
  for (unsigned r = 1; r <= kMostRepetitions; r += 2) EXPECT_EQ(must(parse_code(Code{r}.name())), Code{r});
  EXPECT_EQ(Code{17}.name(), "rep17-golay23");
  for (const auto* const name :
       {"", "rep-golay23", "rep2-golay23", "rep129-golay23", "rep07-golay23", "rep7-golay24", "rep7", "golay23",
        "rep7x-golay23", "rep-7-golay23", "rep99999999999-golay23", " rep7-golay23", "rep7-golay23 "}) {
    expect_error(parse_code(name), ErrorCode::malformed, "repN-golay23");
  }
}

TEST(Tail, IsExact) {
  EXPECT_NEAR(std::exp(log_binomial_tail(3, 2, 0.25)), 0.15625, 1e-14);
  EXPECT_NEAR(std::exp(log_binomial_tail(1, 1, 0.3)), 0.3, 1e-14);
  EXPECT_NEAR(log_binomial_tail(23, 23, 1e-30), 23 * std::log(1e-30), 1e-9);  // far below the smallest double
  EXPECT_EQ(log_binomial_tail(5, 0, 0.1), 0);
  EXPECT_EQ(log_binomial_tail(5, 3, 1), 0);
  EXPECT_EQ(std::exp(log_binomial_tail(5, 6, 0.5)), 0);
  EXPECT_EQ(std::exp(log_binomial_tail(5, 1, 0)), 0);
}

TEST(Failure, AtFifteenPercentIsBelowOneInABillion) {
  const auto code = must(choose_code(0.15, 1e-9));
  EXPECT_EQ(code.name(), "rep19-golay23");
  EXPECT_LT(log10_failure(code, 0.15), -9);
  EXPECT_GT(log10_failure(Code{17}, 0.15), -9);  // and no smaller one would do
}

TEST(Failure, GrowsWithErrorsAndFallsWithRepetitions) {
  for (double rate = 0.01; rate < 0.25; rate += 0.01) {
    EXPECT_LT(log10_failure(Code{9}, rate), log10_failure(Code{9}, rate + 0.009)) << rate;
    EXPECT_LE(log10_failure(Code{11}, rate), log10_failure(Code{9}, rate)) << rate;
  }
  EXPECT_EQ(log10_failure(Code{9}, 1), 0);
}

TEST(Choice, IsTheSmallestThatServes) {
  for (const double rate : {0.001, 0.03, 0.05, 0.1, 0.2, 0.3}) {
    for (const double target : {1e-3, 1e-9, 1e-15}) {
      const auto code = must(choose_code(rate, target));
      EXPECT_LE(log10_failure(code, rate), std::log10(target));
      if (code.repetitions > 1) {
        EXPECT_GT(log10_failure(Code{code.repetitions - 2}, rate), std::log10(target));
      }
    }
  }
  expect_error(choose_code(0.45, 1e-9), ErrorCode::refused, "45.0 % of the bits differ");
  expect_error(choose_code(1, 1e-9), ErrorCode::refused, "steadier source");
}

}  // namespace
}  // namespace holdfast::puf
