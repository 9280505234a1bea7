// Helper data that somebody chose who knows the source, but not the device: whatever they are, nobody can tell what
// comes of them. What somebody can compute is the same each time, so what differs each time is what nobody can.
#include <rapidcheck.h>

#include <algorithm>
#include <array>

#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::bytes_of;
using test::must;
using test::simulated;

bool usable(const SecretBytes& response, const HelperData& helper) {
  const auto parsed = must(parse_helper_data(serialise_helper_data(helper)));
  return bytes_of(must(reconstruct(response, parsed))) == bytes_of(must(reconstruct(response, parsed)));
}

SecretBytes filled(std::size_t size, std::uint8_t byte) { return SecretBytes::copy_of(Bytes(size, byte)); }

HelperData planted(unsigned repetitions, SelectionRule rule = SelectionRule::all) {
  return {.code = {repetitions},
          .rule = rule,
          .first_byte = 0,
          .salt = Bytes(kSaltSize, 1),
          .picked = rule == SelectionRule::pairs ? Bytes(repetitions * kRowBytes, 0xFF) : Bytes(),
          .offset = Bytes(repetitions * kRowBytes)};
}

// `ones` of the rows of ones, for who expects cells that read 1 and wants corrected ones that look balanced.
HelperData balanced(unsigned repetitions, unsigned ones) {
  auto helper = planted(repetitions);
  std::fill_n(helper.offset.begin(), (repetitions - ones) * kRowBytes, 0xFF);
  return helper;
}

TEST(Planted, FewerOrMorePairsThanTheCodeTakesAreMalformed) {
  for (const std::size_t picked : {0U, 1U, 511U, 513U}) {
    auto helper = planted(1, SelectionRule::pairs);
    helper.picked.assign(65, 0);
    for (std::size_t i = 0; i < picked; ++i) helper.picked[i / 8] |= static_cast<std::uint8_t>(0x80U >> (i % 8));
    if (helper.picked.back() == 0) helper.picked.pop_back();
    test::expect_error(parse_helper_data(serialise_helper_data(helper)), ErrorCode::malformed, "pairs of cells");
  }
  EXPECT_TRUE(parse_helper_data(serialise_helper_data(planted(1, SelectionRule::pairs))).ok());
}

// Majorities of many biased cells are certain, whatever the device.
TEST(Planted, ManyCellsOfABiasedSource) {
  for (const double ones : {0.55, 0.62, 0.7, 0.9, 0.3}) {
    const auto readouts = simulated({.bytes = 40'000, .ones = ones, .error_rate = 0.05, .seed = 5}, 1);
    for (const unsigned repetitions : {43U, 127U}) {
      for (const auto rule : {SelectionRule::all, SelectionRule::pairs}) {
        EXPECT_FALSE(usable(readouts[0], planted(repetitions, rule))) << ones << ' ' << repetitions;
      }
    }
  }
}

// Of cells that all read 1 a majority is certain too where a little less than half of the rows is turned round.
TEST(Planted, CellsThatAreConstant) {
  for (const auto value : std::to_array<std::uint8_t>({0x00, 0xFF})) {
    const auto response = filled(20'000, value);
    for (const unsigned repetitions : {1U, 3U, 19U, 127U}) {
      for (const unsigned ones : {0U, 1U, repetitions / 2, (repetitions / 2) + 1, repetitions}) {
        EXPECT_FALSE(usable(response, balanced(repetitions, ones))) << repetitions << ' ' << ones;
      }
      EXPECT_FALSE(usable(response, planted(repetitions, SelectionRule::pairs)));
    }
  }
}

TEST(Planted, ConstantCellsGiveNothingWithAnyHelperData) {
  EXPECT_TRUE(rc::check([] {
    auto helper = planted((2 * *rc::gen::inRange(0U, 64U)) + 1);
    helper.first_byte = *rc::gen::inRange(0U, 50U);
    helper.offset = *rc::gen::container<Bytes>(helper.offset.size(), rc::gen::arbitrary<std::uint8_t>());
    RC_ASSERT(!usable(filled(helper.response_size(), *rc::gen::element<std::uint8_t>(0, 0xFF)), helper));
  }));
}

// Known content that is balanced: cleared memory beside erased one, and patterns. The offset is what makes the
// corrected cells the ones that are there.
TEST(Planted, CellsThatAreRegular) {
  const unsigned repetitions = 19;
  const std::size_t size = repetitions * kRowBytes;
  Bytes halves(size, 0x00);
  std::fill_n(halves.begin(), size / 2, 0xFF);
  for (const auto& cells : {halves, Bytes(size, 0x55), Bytes(size, 0x33), Bytes(size, 0x3C)}) {
    auto helper = planted(repetitions);
    helper.offset = cells;
    EXPECT_FALSE(usable(SecretBytes::copy_of(cells), helper)) << int{cells[0]};
  }
  auto helper = planted(repetitions, SelectionRule::pairs);  // each pair differs and so does each second one from it
  for (auto& byte : helper.offset) byte = 0x55;
  EXPECT_FALSE(usable(filled(2 * size, 0x69), helper));
}

// Cells that were picked for having differed go back to the commoner value. Who knows which they are expects that.
TEST(Planted, TheDevicesOwnPairsWithAnOffsetThatAwaitsTheCommonerValue) {
  const auto readouts = simulated({.bytes = 40'000, .ones = 0.8, .error_rate = 0.15, .seed = 7}, 20);
  const auto made = must(enrol(readouts[0], {.code = {43}, .rule = SelectionRule::pairs}));
  auto helper = made.helper;
  std::ranges::fill(helper.offset, 0);
  for (std::size_t i = 1; i < readouts.size(); ++i) {
    EXPECT_TRUE(bytes_of(must(reconstruct(readouts[i], made.helper))) == bytes_of(made.secret)) << i;
    EXPECT_FALSE(usable(readouts[i], helper)) << i;
  }
}

// The offset of honest helper data tells cells up to a bit for each column. Who picks all of them from a few columns
// has few bits to guess; here those that he guessed are right.
TEST(Planted, PairsFromAFewColumnsOfHonestHelperData) {
  const auto readouts = simulated({.bytes = 43 * kRowBytes, .error_rate = 0.002, .seed = 3}, 2);
  must(enrol(readouts[0], {.code = {43}}));
  auto helper = planted(1, SelectionRule::pairs);
  helper.picked.assign(43 * kRowBytes / 2, 0);
  constexpr std::size_t kPairsInRow = kRowBits / 2;
  for (std::size_t i = 0; i < kRowBits; ++i) {
    const std::size_t pair = ((i / 12) * kPairsInRow) + (i % 12);
    helper.picked[pair / 8] |= static_cast<std::uint8_t>(0x80U >> (pair % 8));
  }
  while (helper.picked.back() == 0) helper.picked.pop_back();
  helper.offset = bytes_of(gather_pairs(readouts[0].expose(SecretAccess{}), helper.picked, kRowBytes));
  EXPECT_FALSE(usable(readouts[1], helper));
}

// What is asked of every reading was so at enrolment: neither a boundary case nor a bias that wanders is refused.
TEST(Fit, OfReadingsWhoseBiasWandersIsAsEnrolled) {
  const auto readouts = simulated({.bytes = 1216, .ones = 0.513, .error_rate = 0, .seed = 8}, 1);
  const auto made = must(enrol(readouts[0], {.code = {19}}));
  EXPECT_LT(must(assess(readouts[0], {.code = {19}})).residual_bits, 180);
  SimulatedChance chance(5);
  auto warmer = SecretBytes::copy_of(readouts[0].expose(SecretAccess{}));
  for (auto& byte : warmer.expose_mutable(SecretAccess{})) byte |= static_cast<std::uint8_t>(chance.bits(0.2));
  EXPECT_EQ(bytes_of(must(reconstruct(warmer, made.helper))), bytes_of(made.secret));
}

TEST(Fit, OfReadingsWithAsManyErrorsAsTheCodeIsForIsAsEnrolled) {
  for (const unsigned repetitions : {1U, 5U, 19U, 43U, 127U}) {
    double error_rate = 0;
    while (log10_failure({repetitions}, error_rate + 0.0001) <= -9) error_rate += 0.0001;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto readouts =
          simulated({.bytes = repetitions * kRowBytes, .error_rate = error_rate, .seed = 50 + seed}, 5);
      const auto made = enrol(readouts[0], {.code = {repetitions}});
      if (!made.ok()) continue;  // a few cells may be so skewed by chance that they are refused
      for (const auto& readout : readouts)
        EXPECT_TRUE(bytes_of(must(reconstruct(readout, made->helper))) == bytes_of(made->secret)) << repetitions;
    }
  }
}

TEST(Fit, OfPairsIsAsEnrolledAtEveryBiasThatServes) {
  for (const double ones : {0.5, 0.6, 0.3, 0.8, 0.1}) {
    const double error_rate = 0.5 * ones * (1 - ones);  // an eighth of the picked cells
    const auto readouts = simulated({.bytes = 60'000, .ones = ones, .error_rate = error_rate, .seed = 12}, 20);
    const auto made = must(enrol(readouts[0], {.code = {19}, .rule = SelectionRule::pairs}));
    for (const auto& readout : readouts)
      EXPECT_TRUE(bytes_of(must(reconstruct(readout, made.helper))) == bytes_of(made.secret)) << ones;
  }
}

// In the cold, say: four in ten of the cells that read 1 do not, and of the others none changes.
TEST(Fit, OfPairsIsAsEnrolledWhereOneValueAloneIsForgotten) {
  const auto readouts = simulated({.bytes = 20'000, .ones = 0.75, .error_rate = 0, .seed = 13}, 1);
  const auto made = must(enrol(readouts[0], {.code = {19}, .rule = SelectionRule::pairs}));
  SimulatedChance chance(5);
  for (int i = 0; i < 20; ++i) {
    auto cold = SecretBytes::copy_of(readouts[0].expose(SecretAccess{}));
    for (auto& byte : cold.expose_mutable(SecretAccess{})) byte &= static_cast<std::uint8_t>(chance.bits(0.6));
    EXPECT_TRUE(bytes_of(must(reconstruct(cold, made.helper))) == bytes_of(made.secret));
  }
}

}  // namespace
}  // namespace holdfast::puf
