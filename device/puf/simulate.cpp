#include "device/puf/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <utility>

#include "core/encoding.hpp"
#include "device/puf/helper_data.hpp"

namespace holdfast::puf {
namespace {

// The chance that a reading shows the other value of a cell that prefers 0, or 1.
struct Flips {
  double of_zero;
  double of_one;
};

// With f the share of cells that prefer 1 and read 0, as many the other way round, two readings differ in a share of
// 4 f - 2 f^2 / (b (1 - b)).
Flips flips_of(const SimulatedSource& source) {
  const double spread = source.ones * (1 - source.ones);
  const double share = spread * (1 - std::sqrt(std::max(0.0, 1 - (source.error_rate / (2 * spread)))));
  return {share / (1 - source.ones), share / source.ones};
}

Result<void> check(const SimulatedSource& source) {
  if (source.bytes == 0 || source.bytes > kMaxResponse) {
    return Error(ErrorCode::usage, std::format("a readout has 8 to {} bits", kMaxResponse * 8));
  }
  // Said this way round, neither lets a NaN pass.
  const bool some_of_both = source.ones > 0 && source.ones < 1;
  if (!some_of_both) return Error(ErrorCode::usage, "a bias lies between 0 and 1");
  const double most = 2 * source.ones * (1 - source.ones);
  const bool possible = source.error_rate >= 0 && source.error_rate <= most;
  if (!possible) {
    return Error(ErrorCode::usage,
                 std::format("with a bias of {} two readouts differ in a share of 0 to {:.4f} of their bits",
                             source.ones, most));
  }
  return {};
}

}  // namespace

std::uint64_t SimulatedChance::next() {
  state_ += 0x9E3779B97F4A7C15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

// Compares 64 random fractions with the probability at once, from the highest binary digit down. Who has a smaller
// digit is smaller, and soon all are decided.
std::uint64_t SimulatedChance::bits(double probability) {
  constexpr int kDigits = 53;
  const auto threshold = static_cast<std::uint64_t>(std::ldexp(std::clamp(probability, 0.0, 1.0), kDigits));
  std::uint64_t undecided = ~std::uint64_t{0};
  if ((threshold >> kDigits) != 0) return undecided;
  std::uint64_t smaller = 0;
  for (int digit = kDigits - 1; digit >= 0 && undecided != 0; --digit) {
    const auto random = next();
    if (((threshold >> digit) & 1) != 0) {
      smaller |= undecided & ~random;
      undecided &= random;
    } else {
      undecided &= ~random;
    }
  }
  return smaller;
}

Result<std::vector<Bytes>> simulate_readouts(const SimulatedSource& source, std::size_t count) {
  TRY(check(source), "check the simulation's parameters");
  SimulatedChance chance(source.seed);
  std::vector<std::uint64_t> preferred((source.bytes + 7) / 8);
  for (auto& cells : preferred) cells = chance.bits(source.ones);
  const auto flips = flips_of(source);
  std::vector<Bytes> readouts;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes readout;
    for (const auto cells : preferred) {
      const auto ones = cells & chance.bits(flips.of_one);
      const auto zeros = ~cells & chance.bits(flips.of_zero);
      append_u64(readout, cells ^ ones ^ zeros);
    }
    readout.resize(source.bytes);
    readouts.push_back(std::move(readout));
  }
  return readouts;
}

}  // namespace holdfast::puf
