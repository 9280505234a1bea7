// How much an adversary who knows the kind of source, but not this device, cannot know about its cells.
#pragma once

#include "core/bytes.hpp"
#include "device/puf/code.hpp"

#include <cstdint>

namespace holdfast::puf {

/// Least residual min-entropy, in bits, of what an enrolment may rest on.
inline constexpr double kLeastResidualBits = 128;

/// Distances at which one cell is tried as a predictor of another: 1 to the longest, and the powers of two above. Few
/// cells are tried at many more distances: cells that come again are no new cells, wherever that is.
inline constexpr unsigned kLongestSuccessiveLag = 128;
inline constexpr unsigned kLongestLagOfFew = 16'384;
inline constexpr std::size_t kFewCells = std::size_t{1} << 18;

/// How well the best of some simple predictors would guess a cell. Each figure is an upper bound at 99.5 % confidence
/// (z = 2.576), from 0.5 (a coin) to 1 (known).
struct Predictability {
  double ones = 0;      ///< share of cells that read 1
  double by_value = 1;  ///< guessing the commoner value: NIST SP 800-90B, 6.3.1
  double by_lag = 0.5;  ///< guessing from the cell `lag` before; 0.5 where chance explains all agreement
  std::size_t lag = 0;  ///< the distance at which cells agree or disagree most, where `by_lag` is above 0.5
  /// The same for cells that read 1 and those that read 0 alike, so that a bias explains nothing of it: how well cells
  /// repeat others, where the bias is taken out.
  double by_repetition = 0.5;

  [[nodiscard]] double best() const;
};

/// Measures the bits of `cells`, most significant first. Work grows with their number. Nothing about single cells
/// leaves this function.
[[nodiscard]] Predictability predictability_of(ByteView cells);

/// The share of `cells`, from 0.5 to 1, that the best of a few predictors guesses: the commoner value, and the cell
/// that is 1, 2, 4, ... up to half of the cells before. What was seen, not a bound: no allowance for luck. At least a
/// byte.
[[nodiscard]] double share_guessed(ByteView cells);

/// The bound for a predictor that was right `hits` times of `trials`; a predictor that is mostly wrong is as good
/// the other way round. 0.5 within so many standard deviations of a coin, because the best of some hundred predictors
/// is looked at, or of some thousand, and the luckiest of so many coins must not pass for one.
inline constexpr double kSignificant = 4.5;
inline constexpr double kSignificantAmongThousands = 6;
[[nodiscard]] double predictor_bound(std::uint64_t hits, std::uint64_t trials, double significant = kSignificant);

/// -log2 of a probability of guessing, for one cell.
[[nodiscard]] double min_entropy_of(double predictability);

/// A lower bound, in bits up to 256, on the average min-entropy of the secret given all helper data, where each cell
/// can be guessed with probability `predictability` at most, independently: the helper data show the codeword through
/// a channel that is wrong so often, and whoever listens guesses each bit of it as well as the cells allow.
[[nodiscard]] double residual_min_entropy(const Code& code, double predictability);

/// The number of ones.
[[nodiscard]] std::uint64_t count_ones(ByteView bits);
/// The number of bits that differ; both of one size.
[[nodiscard]] std::uint64_t count_differing(ByteView a, ByteView b);

}  // namespace holdfast::puf
