#include "device/puf/fuzzy_extractor.hpp"

#include <array>
#include <set>

#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::bytes_of;
using test::expect_error;
using test::hex_of;
using test::must;
using test::real_readouts;
using test::simulated;

constexpr Choice kFifteenPercent{.code = {19}};

Enrolment enrolled(const SecretBytes& response, double error_rate) {
  return must(enrol(response, must(choose(response, {.error_rate = error_rate}))));
}

Bytes reconstructed(const SecretBytes& response, const HelperData& helper) {
  return bytes_of(must(reconstruct(response, helper)));
}

TEST(Enrolment, GivesTheSameSecretFromEveryReading) {
  const auto readouts = simulated({.bytes = 1216, .error_rate = 0.15, .seed = 4}, 50);
  const auto made = enrolled(readouts[0], 0.15);
  EXPECT_EQ(made.helper.code.name(), "rep19-golay23");
  EXPECT_EQ(made.secret.size(), 32U);
  for (const auto& readout : readouts) EXPECT_EQ(reconstructed(readout, made.helper), bytes_of(made.secret));
}

TEST(Enrolment, IsAnotherEachTime) {
  const auto readouts = simulated({.bytes = 1216, .seed = 4}, 1);
  std::set<std::string> secrets;
  std::set<std::string> offsets;
  for (int i = 0; i < 50; ++i) {
    auto made = must(enrol(readouts[0], kFifteenPercent));
    secrets.insert(hex_of(made.secret));
    offsets.insert(to_hex(made.helper.offset));
  }
  EXPECT_EQ(secrets.size(), 50U);
  EXPECT_EQ(offsets.size(), 50U);
}

// A hundred thousand, a thousand readings of each of a hundred devices.
TEST(Reconstruction, DoesNotFailAtFifteenPercent) {
  int failures = 0;
  for (std::uint64_t device = 0; device < 100; ++device) {
    const auto readouts = simulated({.bytes = 1216, .error_rate = 0.15, .seed = 1000 + device}, 1001);
    const auto made = must(enrol(readouts.back(), kFifteenPercent));
    const auto secret = bytes_of(made.secret);
    for (std::size_t i = 0; i < 1000; ++i) failures += reconstructed(readouts[i], made.helper) == secret ? 0 : 1;
  }
  EXPECT_EQ(failures, 0);
}

TEST(Reconstruction, OnRealReadoutsWorksBetweenAllOfThem) {
  const auto readouts = real_readouts();
  ASSERT_EQ(readouts.size(), 4U);
  for (const auto& one : readouts) {
    const auto made = enrolled(one, 0.052);
    for (const auto& other : readouts) EXPECT_EQ(reconstructed(other, made.helper), bytes_of(made.secret));
  }
}

TEST(Reconstruction, OfAnotherDeviceGivesAnotherSecretAndNoError) {
  const auto real = real_readouts();
  const auto made = enrolled(real[0], 0.052);
  std::set<std::string> secrets{hex_of(made.secret)};
  for (std::uint64_t device = 0; device < 200; ++device) {
    secrets.insert(to_hex(reconstructed(simulated({.bytes = real[0].size(), .seed = device}, 1)[0], made.helper)));
  }
  EXPECT_EQ(secrets.size(), 201U);
}

TEST(Reconstruction, NeedsAsManyBytesAsWereUsed) {
  const auto readouts = simulated({.bytes = 1216, .seed = 4}, 1);
  const auto made = must(enrol(readouts[0], kFifteenPercent));
  const auto bytes = readouts[0].expose(SecretAccess{});
  expect_error(reconstruct(SecretBytes::copy_of(bytes.first(1215)), made.helper), ErrorCode::malformed, "1215 bytes");
  expect_error(reconstruct(SecretBytes(), made.helper), ErrorCode::malformed, "0 bytes");
  SecretBytes longer(2000);
  std::ranges::copy(bytes, longer.expose_mutable(SecretAccess{}).begin());
  EXPECT_EQ(reconstructed(longer, made.helper), bytes_of(made.secret));
}

TEST(Reconstruction, UsesTheCellsFromWhereItWasTold) {
  const auto readouts = simulated({.bytes = 2400, .error_rate = 0.1, .seed = 2}, 2);
  const auto one = must(enrol(readouts[0], {.code = {13}}));
  const auto other = must(enrol(readouts[0], {.code = {13}, .first_byte = 832}));
  EXPECT_EQ(other.helper.response_size(), 1664U);
  EXPECT_EQ(reconstructed(readouts[1], one.helper), bytes_of(one.secret));
  EXPECT_EQ(reconstructed(readouts[1], other.helper), bytes_of(other.secret));
  // Whatever happens to the cells of one is nothing to the other.
  auto half = SecretBytes::copy_of(readouts[0].expose(SecretAccess{}));
  for (auto& byte : half.expose_mutable(SecretAccess{}).first(832)) byte = 0;
  EXPECT_EQ(reconstructed(half, other.helper), bytes_of(other.secret));
  EXPECT_NE(reconstructed(half, one.helper), bytes_of(one.secret));
}

TEST(Bias, IsTakenOutByPairs) {
  for (const double ones : {0.6, 0.35}) {
    const auto readouts = simulated({.bytes = 16'000, .ones = ones, .error_rate = 0.12, .seed = 5}, 40);
    const auto made = enrolled(readouts[0], 0.12);
    EXPECT_EQ(made.helper.rule, SelectionRule::pairs);
    for (const auto& readout : readouts) EXPECT_EQ(reconstructed(readout, made.helper), bytes_of(made.secret));
  }
}

TEST(Bias, LittleOfItCostsNothingButEntropy) {
  const auto readouts = simulated({.bytes = 50'000, .ones = 0.508, .error_rate = 0.15, .seed = 5}, 1);
  const auto choice = must(choose(readouts[0], {.error_rate = 0.15}));
  EXPECT_EQ(choice.rule, SelectionRule::all);
  const auto worth = must(assess(readouts[0], choice));
  EXPECT_LT(worth.residual_bits, 220);
  EXPECT_GE(worth.residual_bits, kLeastResidualBits);
}

TEST(Refusals, AreOfResponsesThatHideNothing) {
  Bytes half_known;  // balanced, and every second byte the same
  const auto unknown = must(simulate_readouts({.bytes = 2000, .seed = 3}, 1)).front();
  for (const auto byte : unknown) {
    half_known.push_back(byte);
    half_known.push_back(0x3C);
  }
  Bytes text;
  while (text.size() < 4000) append(text, as_bytes("Whoever reads this knows it. "));
  const auto biased = must(simulate_readouts({.bytes = 2000, .ones = 0.7, .error_rate = 0, .seed = 3}, 1)).front();
  for (const auto& [bytes, words] : std::vector<std::pair<Bytes, const char*>>{{Bytes(4000), "0.0 % of the cells"},
                                                                               {Bytes(4000, 0xFF), "100.0 %"},
                                                                               {Bytes(4000, 0x55), "1 apart"},
                                                                               {Bytes(4000, 0x3C), "4 apart"},
                                                                               {half_known, "apart tell"},
                                                                               {text, "min-entropy"},
                                                                               {biased, "without the bias"}}) {
    const auto response = SecretBytes::copy_of(bytes);
    expect_error(choose(response, {.error_rate = 0.15}), ErrorCode::refused, words);
    expect_error(enrol(response, kFifteenPercent), ErrorCode::refused, "min-entropy");
  }
}

// A memory that shows the same few cells at many addresses, each time with its noise.
TEST(Refusals, AreOfCellsThatComeAgain) {
  for (const std::size_t distance : {25U, 75U, 333U, 600U}) {  // bytes
    for (const double ones : {0.5, 0.4}) {
      const std::size_t times = 8'000 / distance;
      Bytes response;
      for (const auto& readout : must(simulate_readouts({.bytes = distance, .ones = ones, .error_rate = 0.1}, times))) {
        append(response, readout);
      }
      expect_error(choose(SecretBytes::copy_of(response), {.error_rate = 0.1}), ErrorCode::refused, "min-entropy");
    }
  }
}

TEST(Refusals, OfPairsNameCellsThatComeAgain) {
  Bytes response;
  for (const auto& readout : must(simulate_readouts({.bytes = 333, .ones = 0.4, .error_rate = 0.05}, 30))) {
    append(response, readout);
  }
  expect_error(enrol(SecretBytes::copy_of(response), {.code = {7}, .rule = SelectionRule::pairs}), ErrorCode::refused,
               "cells repeat others");
}

TEST(Refusals, AreOfPairsThatHideNothing) {
  const Choice pairs{.code = {1}, .rule = SelectionRule::pairs};
  for (const auto byte : std::to_array<std::uint8_t>({0x00, 0xFF, 0x3C})) {
    expect_error(enrol(SecretBytes::copy_of(Bytes(4000, byte)), pairs), ErrorCode::refused, "0 differ");
  }
  for (const auto byte : std::to_array<std::uint8_t>({0x55, 0xAA, 0x66})) {
    expect_error(enrol(SecretBytes::copy_of(Bytes(4000, byte)), pairs), ErrorCode::refused, "min-entropy");
  }
}

TEST(Refusals, AreOfResponsesThatAreTooShortOrTooLong) {
  for (const std::size_t size : {0U, 1U, 1215U}) {
    expect_error(choose(SecretBytes(size), {.error_rate = 0.15}), ErrorCode::refused, "takes 1216 bytes");
    expect_error(enrol(SecretBytes(size), kFifteenPercent), ErrorCode::refused, "too short");
  }
  expect_error(enrol(SecretBytes(kMaxResponse + 1), kFifteenPercent), ErrorCode::refused, "at most");
  expect_error(enrol(SecretBytes(10), {.code = {19}, .first_byte = 11}), ErrorCode::refused, "begin behind 11");
}

TEST(Refusals, AreOfSourcesThatOtherDevicesTell) {
  const auto readouts = simulated({.bytes = 1216, .seed = 4}, 1);
  expect_error(enrol(readouts[0], kFifteenPercent, {.cell = 0.6}), ErrorCode::refused, "other devices tell 60.0 %");
  expect_error(choose(readouts[0], {.error_rate = 0.15, .others = {.cell = 0.6, .balanced = 0.6}}), ErrorCode::refused,
               "other devices");
}

TEST(Refusals, AreOfPairsThatOtherDevicesTell) {
  const auto readouts = simulated({.bytes = 8000, .ones = 0.4, .seed = 4}, 1);
  const Choice pairs{.code = {7}, .rule = SelectionRule::pairs};
  EXPECT_TRUE(enrol(readouts[0], pairs, {.cell = 0.6}).ok());  // no more than the bias
  expect_error(enrol(readouts[0], pairs, {.cell = 0.6, .balanced = 0.55}), ErrorCode::refused, "other devices tell 59");
}

TEST(Again, TheCellsAreTheSameAndTheSecretIsNot) {
  const auto readouts = simulated({.bytes = 16'000, .ones = 0.6, .error_rate = 0.1, .seed = 9}, 3);
  const auto first = enrolled(readouts[0], 0.1);
  const auto second = must(enrol_again(readouts[1], first.helper));
  EXPECT_NE(bytes_of(first.secret), bytes_of(second.secret));
  EXPECT_EQ(second.helper.picked, first.helper.picked);
  EXPECT_EQ(reconstructed(readouts[2], second.helper), bytes_of(second.secret));
  // Both offsets are of the same cells: every row differs by the same codewords, whatever was misread the second time.
  const auto& a = first.helper.offset;
  const auto& b = second.helper.offset;
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = kRowBytes; i < a.size(); ++i) EXPECT_EQ(a[i] ^ b[i], a[i - kRowBytes] ^ b[i - kRowBytes]);
}

}  // namespace
}  // namespace holdfast::puf
