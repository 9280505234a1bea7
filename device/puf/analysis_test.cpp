#include "device/puf/analysis.hpp"

#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::expect_error;
using test::must;
using test::real_readouts;
using test::simulated;

std::vector<Readouts> devices(const SimulatedSource& like, std::size_t count, std::size_t readouts) {
  std::vector<Readouts> all;
  for (std::size_t i = 0; i < count; ++i) {
    auto source = like;
    source.seed += 1 + i;
    all.push_back(simulated(source, readouts));
  }
  return all;
}

TEST(Simulation, IsAsItWasAskedFor) {
  for (const auto& [ones, rate] :
       std::vector<std::pair<double, double>>{{0.5, 0.05}, {0.5, 0.15}, {0.3, 0.1}, {0.8, 0.3}, {0.5, 0.5}}) {
    const auto found =
        must(analyse(simulated({.bytes = 50'000, .ones = ones, .error_rate = rate, .seed = 4}, 4), {}, 1e-9));
    EXPECT_NEAR(found.ones, ones, 0.005);
    EXPECT_NEAR(found.within.mean, rate, 0.005);
  }
}

TEST(Simulation, IsTheSameWithTheSameSeed) {
  const SimulatedSource source{.bytes = 100, .seed = 42};
  EXPECT_EQ(must(simulate_readouts(source, 3)), must(simulate_readouts(source, 3)));
  EXPECT_NE(must(simulate_readouts(source, 1)), must(simulate_readouts({.bytes = 100, .seed = 43}, 1)));
  SimulatedChance chance(1234567);
  EXPECT_EQ(chance.next(), 6457827717110365317U);  // the generator's published test values
  EXPECT_EQ(chance.next(), 3203168211198807973U);
}

TEST(Simulation, RefusesWhatCannotBe) {
  expect_error(simulate_readouts({.bytes = 0}, 1), ErrorCode::usage, "8 to");
  expect_error(simulate_readouts({.bytes = kMaxResponse + 1}, 1), ErrorCode::usage, "8 to");
  for (const double ones : {0.0, 1.0, -0.1, 1.1}) {
    expect_error(simulate_readouts({.bytes = 8, .ones = ones}, 1), ErrorCode::usage, "bias");
  }
  expect_error(simulate_readouts({.bytes = 8, .error_rate = -0.1}, 1), ErrorCode::usage, "differ");
  expect_error(simulate_readouts({.bytes = 8, .ones = 0.9, .error_rate = 0.19}, 1), ErrorCode::usage, "0.18");
}

TEST(Analysis, OfTheRealChip) {
  const auto found = must(analyse(real_readouts(), {}, 1e-9));
  EXPECT_EQ(found.readouts, 4U);
  EXPECT_EQ(found.bytes, 56'320U);
  EXPECT_NEAR(found.ones, 0.4987, 0.0001);
  EXPECT_NEAR(found.within.mean, 0.0503, 0.0001);
  EXPECT_NEAR(found.within.greatest, 0.0505, 0.0001);
  EXPECT_GT(found.error_rate, found.within.greatest);
  EXPECT_LT(found.error_rate, 0.052);
  EXPECT_EQ(found.cells.lag, 512U);  // neighbours in the next line of the memory agree a little too often
  EXPECT_NEAR(found.cells.by_lag, 0.517, 0.002);
  EXPECT_TRUE(found.acceptable()) << found.refusal;
  EXPECT_EQ(found.choice->code.name(), "rep7-golay23");
  EXPECT_LE(found.log10_failure, -9);
  EXPECT_GE(found.assessment->residual_bits, kLeastResidualBits);
  EXPECT_EQ(found.blocks.size(), kMostBlocks);
}

TEST(Analysis, TellsDevicesApart) {
  const SimulatedSource source{.bytes = 4000, .error_rate = 0.1, .seed = 100};
  const auto found = must(analyse(simulated(source, 3), devices(source, 3, 2), 1e-9));
  EXPECT_EQ(found.devices, 4U);
  EXPECT_NEAR(found.within.mean, 0.1, 0.01);
  EXPECT_NEAR(found.between->mean, 0.5, 0.01);
  EXPECT_EQ(found.between->samples.size(), ((3 * 6) + (2 * 2 * 3)) * kMostBlocks);
  EXPECT_EQ(found.by_others->cell, 0.5);
  EXPECT_EQ(found.by_others->balanced, 0.5);
  EXPECT_TRUE(found.acceptable());
}

// Devices that share a pattern: each cell prefers what a common mask says, and nine in ten follow.
TEST(Analysis, SeesThatOtherDevicesTellTheCells) {
  const auto mask = must(simulate_readouts({.bytes = 4000, .seed = 1}, 1)).front();
  std::vector<Readouts> all;
  for (std::uint64_t device = 0; device < 4; ++device) {
    const auto noise =
        must(simulate_readouts({.bytes = 4000, .ones = 0.1, .error_rate = 0.02, .seed = 50 + device}, 2));
    all.emplace_back();
    for (auto readout : noise) {
      for (std::size_t i = 0; i < readout.size(); ++i) readout[i] ^= mask[i];
      all.back().push_back(SecretBytes::copy_of(readout));
    }
  }
  const auto own = std::move(all.front());
  all.erase(all.begin());
  const auto alone = must(analyse(own, {}, 1e-9));
  EXPECT_TRUE(alone.acceptable()) << alone.refusal;
  const auto found = must(analyse(own, all, 1e-9));
  EXPECT_GT(found.by_others->cell, 0.85);
  EXPECT_FALSE(found.acceptable());
  EXPECT_THAT(found.refusal, testing::HasSubstr("other devices"));
  EXPECT_LT(found.min_entropy_per_bit, 0.3);
}

// Whoever knows the bias tells more than half of the cells, and so does another device. It is no more than the bias.
TEST(Analysis, DoesNotTakeACommonBiasForLikeness) {
  const SimulatedSource source{.bytes = 20'000, .ones = 0.4, .error_rate = 0.1, .seed = 70};
  const auto found = must(analyse(simulated(source, 3), devices(source, 2, 1), 1e-9));
  EXPECT_GT(found.by_others->cell, 0.51);
  EXPECT_EQ(found.by_others->balanced, 0.5);
  EXPECT_TRUE(found.acceptable()) << found.refusal;
  EXPECT_EQ(found.choice->rule, SelectionRule::pairs);
}

TEST(Analysis, NamesTheCodeEvenWhereTheSourceIsRefused) {
  const auto found = must(analyse(simulated({.bytes = 1000, .error_rate = 0.15, .seed = 8}, 3), {}, 1e-9));
  EXPECT_FALSE(found.acceptable());
  EXPECT_THAT(found.refusal, testing::HasSubstr("too short"));
  ASSERT_TRUE(found.choice);
  EXPECT_GE(found.choice->code.repetitions, 19U);
  EXPECT_FALSE(found.assessment);
}

TEST(Analysis, OfASourceThatIsMereNoise) {
  const auto found = must(analyse(simulated({.bytes = 4000, .error_rate = 0.5, .seed = 8}, 3), {}, 1e-9));
  EXPECT_FALSE(found.acceptable());
  EXPECT_FALSE(found.choice);
  EXPECT_THAT(found.refusal, testing::HasSubstr("steadier"));
}

TEST(Analysis, RefusesWhatItCannotCompare) {
  const auto two = [](std::size_t a, std::size_t b) {
    Readouts readouts;
    readouts.emplace_back(a);
    readouts.emplace_back(b);
    return readouts;
  };
  Readouts one;
  one.emplace_back(10);
  expect_error(analyse(one, {}, 1e-9), ErrorCode::usage, "at least two");
  expect_error(analyse({}, {}, 1e-9), ErrorCode::usage, "at least two");
  expect_error(analyse(two(10, 11), {}, 1e-9), ErrorCode::malformed, "one size");
  expect_error(analyse(two(0, 0), {}, 1e-9), ErrorCode::malformed, "empty");
  expect_error(analyse(two(kMaxResponse + 1, kMaxResponse + 1), {}, 1e-9), ErrorCode::malformed, "at most");
  std::vector<Readouts> others;
  others.push_back(two(10, 9));
  expect_error(analyse(two(10, 10), others, 1e-9), ErrorCode::malformed, "one size");
  others.front().clear();
  expect_error(analyse(two(10, 10), others, 1e-9), ErrorCode::usage, "without a readout");
  Readouts many;
  for (std::size_t i = 0; i <= kMostReadouts; ++i) many.emplace_back(10);
  expect_error(analyse(many, {}, 1e-9), ErrorCode::usage, "too many");
}

}  // namespace
}  // namespace holdfast::puf
