// What holds for all sources, readings and alterations.
#include <rapidcheck.h>

#include <bit>
#include <set>

#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::bytes_of;
using test::hex_of;
using test::must;
using test::simulated;

Bytes with_bit_flipped(Bytes bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  return bytes;
}

// Salt, pairs and offset; the bits before them say what the rest is, and most of their changes are no helper data at
// all.
constexpr std::size_t kFirstFreeBit = std::size_t{26} * 8;
constexpr std::size_t kFirstBitBehindSalt = std::size_t{58} * 8;

// Of the pairs two are flipped at once, of which one is picked: one more or one fewer is malformed.
void expect_every_flip_to_give_another_secret(const SecretBytes& response, const Enrolment& made) {
  const auto helper = serialise_helper_data(made.helper);
  const std::size_t first_of_offset = (helper.size() - made.helper.offset.size()) * 8;
  std::set<std::string> secrets{hex_of(made.secret)};
  std::size_t altered_ones = 0;
  for (std::size_t bit = kFirstFreeBit; bit < helper.size() * 8; ++bit) {
    auto altered = with_bit_flipped(helper, bit);
    if (bit >= kFirstBitBehindSalt && bit < first_of_offset) {
      EXPECT_EQ(parse_helper_data(altered).error().code(), ErrorCode::malformed);
      const auto is_set = [&](std::size_t i) { return ((helper[i / 8] >> (7 - (i % 8))) & 1) != 0; };
      if (bit + 9 > first_of_offset || is_set(bit) == is_set(bit + 1)) continue;
      altered = with_bit_flipped(std::move(altered), bit + 1);
    }
    secrets.insert(hex_of(must(reconstruct(response, must(parse_helper_data(altered))))));
    ++altered_ones;
  }
  EXPECT_GT(altered_ones, helper.size() * 4);
  EXPECT_EQ(secrets.size(), altered_ones + 1);
}

TEST(Alteration, OfAnyBitGivesAnotherSecretAndNoError) {
  const auto readouts = simulated({.bytes = 448, .error_rate = 0.04, .seed = 11}, 2);
  expect_every_flip_to_give_another_secret(readouts[1], must(enrol(readouts[0], {.code = {7}})));
}

TEST(Alteration, OfAnyBitGivesAnotherSecretWithPairsToo) {
  const auto readouts = simulated({.bytes = 1500, .ones = 0.4, .error_rate = 0.01, .seed = 11}, 2);
  expect_every_flip_to_give_another_secret(readouts[1],
                                           must(enrol(readouts[0], {.code = {5}, .rule = SelectionRule::pairs})));
}

TEST(Alteration, BeforeThatIsMalformedOrGivesAnotherSecret) {
  const auto readouts = simulated({.bytes = 448, .error_rate = 0.04, .seed = 11}, 1);
  const auto made = must(enrol(readouts[0], {.code = {7}}));
  const auto helper = serialise_helper_data(made.helper);
  for (std::size_t bit = 0; bit < kFirstFreeBit; ++bit) {
    const auto altered = parse_helper_data(with_bit_flipped(helper, bit));
    if (!altered.ok()) continue;
    const auto secret = reconstruct(readouts[0], *altered);
    EXPECT_TRUE(!secret.ok() || bytes_of(*secret) != bytes_of(made.secret)) << bit;
  }
}

// With one more wrong cell a reading is no longer near.
std::size_t most_errors(const Code& code) {
  const std::size_t cells = std::size_t{code.repetitions} * kUsedColumns;
  std::size_t most = 0;
  while (log10_failure(code, static_cast<double>(most + 1) / static_cast<double>(cells)) < 0) ++most;
  return most;
}

TEST(Properties, ErrorsWithinTheCodesReachNeverMatter) {
  EXPECT_TRUE(rc::check([] {
    const unsigned r = (2 * *rc::gen::inRange(0U, 12U)) + 1;
    const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1U << 30);
    const auto response = simulated({.bytes = r * kRowBytes, .error_rate = 0, .seed = seed}, 1);
    const auto made = enrol(response[0], {.code = {r}});
    RC_PRE(made.ok());  // a few cells may be so skewed by chance that they are refused
    // From some word on up to three wrong columns in each, in as many rows as it takes to be wrong, and in the others
    // as many wrong cells as are not enough; until there are as many altogether as a reading may have.
    auto reading = bytes_of(response[0]);
    const auto first = *rc::gen::inRange(0U, kGolayWords);
    std::size_t left = most_errors({r});
    for (unsigned i = 0; i < kGolayWords; ++i) {
      const unsigned word = (first + i) % kGolayWords;
      const auto wrong =
          *rc::gen::container<std::set<unsigned>>(*rc::gen::inRange(0U, 4U), rc::gen::inRange(0U, kGolayBits));
      for (unsigned column = 0; column < kGolayBits; ++column) {
        const unsigned few = (r - 1) / 2;
        const unsigned rows = wrong.contains(column) ? r : few;
        for (unsigned row = 0; row < rows && left > 0; ++row, --left) {
          const std::size_t bit = (std::size_t{row} * kRowBits) + (std::size_t{word} * kGolayBits) + column;
          reading = with_bit_flipped(std::move(reading), bit);
        }
      }
    }
    RC_ASSERT(bytes_of(must(reconstruct(SecretBytes::copy_of(reading), made->helper))) == bytes_of(made->secret));
  }));
}

TEST(Properties, AMajorityOfWrongCellsInFourColumnsDoes) {
  EXPECT_TRUE(rc::check([] {
    const unsigned r = (2 * *rc::gen::inRange(0U, 12U)) + 1;
    const auto response =
        simulated({.bytes = r * kRowBytes, .error_rate = 0, .seed = *rc::gen::inRange<std::uint64_t>(0, 1U << 30)}, 1);
    const auto made = enrol(response[0], {.code = {r}});
    RC_PRE(made.ok());
    auto reading = bytes_of(response[0]);
    const unsigned word = *rc::gen::inRange(0U, kGolayWords);
    for (unsigned column = 0; column < 4; ++column) {
      for (unsigned row = 0; row < (r + 1) / 2; ++row) {
        reading = with_bit_flipped(std::move(reading),
                                   (std::size_t{row} * kRowBits) + (std::size_t{word} * kGolayBits) + column);
      }
    }
    RC_ASSERT(bytes_of(must(reconstruct(SecretBytes::copy_of(reading), made->helper))) != bytes_of(made->secret));
  }));
}

// So many pairs, picked as chance will have it.
Bytes any_pairs(std::size_t count) {
  SimulatedChance chance(*rc::gen::inRange<std::uint64_t>(0, 1U << 30));
  Bytes picked;
  for (std::size_t left = count; left > 0;) {
    unsigned byte = chance.next() & 0xFF;
    while (static_cast<std::size_t>(std::popcount(byte)) > left) byte &= byte - 1;
    left -= static_cast<unsigned>(std::popcount(byte));
    picked.push_back(static_cast<std::uint8_t>(byte));
  }
  return picked;
}

TEST(Properties, AnyHelperDataAndAnyResponseGiveASecret) {
  EXPECT_TRUE(rc::check([] {
    const Code code{(2 * *rc::gen::inRange(0U, 64U)) + 1};
    const HelperData whole{
        .code = code,
        .rule = SelectionRule::pairs,
        .first_byte = *rc::gen::inRange(0U, 50U),
        .salt = *rc::gen::container<Bytes>(kSaltSize, rc::gen::arbitrary<std::uint8_t>()),
        .picked = any_pairs(code.cells()),
        .offset = *rc::gen::container<Bytes>(code.repetitions * kRowBytes, rc::gen::arbitrary<std::uint8_t>())};
    const auto response = *rc::gen::container<Bytes>(whole.response_size(), rc::gen::arbitrary<std::uint8_t>());
    const auto secret =
        reconstruct(SecretBytes::copy_of(response), must(parse_helper_data(serialise_helper_data(whole))));
    RC_ASSERT(secret.ok());
    RC_ASSERT(secret->size() == 32U);
  }));
}

}  // namespace
}  // namespace holdfast::puf
