// Readouts of a source that does not exist, for trying out analysis and codes. Never for secrets: whoever knows the
// seed knows every bit.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast::puf {

/// Numbers that follow from a seed, the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014).
class SimulatedChance {
 public:
  explicit SimulatedChance(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// 64 bits, each of them 1 with this probability, from 0 to 1, independently.
  [[nodiscard]] std::uint64_t bits(double probability);

 private:
  std::uint64_t state_;
};

/// A device whose cells are independent: each prefers 1 with probability `ones`. A reading shows a cell's other value
/// now and then, the rarer value more easily, so that the share of ones is the same in every reading, and two readings
/// differ in a share of `error_rate` of their bits.
struct SimulatedSource {
  std::size_t bytes = 0;
  double ones = 0.5;
  double error_rate = 0.05;
  std::uint64_t seed = 0;  ///< another seed is another device
};

/// The readouts 0 to `count` - 1. ErrorCode::usage where the shares are not above 0 and below 1, no reading can be so
/// noisy with this bias, or a readout would be empty or larger than kMaxResponse.
[[nodiscard]] Result<std::vector<Bytes>> simulate_readouts(const SimulatedSource& source, std::size_t count);

}  // namespace holdfast::puf
