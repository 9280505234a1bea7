// Which error-correcting code a noisy source needs, and how often it fails.
//
// The code is concatenated: each of the 506 bits of 22 Golay codewords stands in an odd number of cells, of which the
// majority counts. Repetition turns a bad channel into a middling one, the Golay code a middling one into a good one.
#pragma once

#include "core/result.hpp"
#include "device/puf/golay.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast::puf {

/// 22 words of 12 bits hold a secret of 256.
inline constexpr unsigned kGolayWords = 22;
inline constexpr unsigned kSecretBits = 256;
/// Cells are used in rows: one cell for each bit of the codewords, and six that are passed over, for whole bytes.
inline constexpr unsigned kRowBits = 512;
inline constexpr std::size_t kRowBytes = kRowBits / 8;
inline constexpr unsigned kUsedColumns = kGolayWords * kGolayBits;
inline constexpr unsigned kMostRepetitions = 127;

/// How often a reconstruction may fail where nobody says otherwise.
inline constexpr double kDefaultTargetFailure = 1e-9;

/// A code's parameters. Its name is `repN-golay23`.
struct Code {
  unsigned repetitions = 1;  ///< odd, 1 to kMostRepetitions

  [[nodiscard]] std::string name() const;
  /// Cells that it takes, those that are passed over included.
  [[nodiscard]] std::size_t cells() const { return std::size_t{repetitions} * kRowBits; }

  bool operator==(const Code&) const = default;
};

/// ErrorCode::malformed for what is not the name of a code.
[[nodiscard]] Result<Code> parse_code(std::string_view name);

/// ln P(X >= at_least) for a binomial X of `trials` with this probability of success, from 0 to 1. Exact but for
/// rounding, and in the logarithm, so that nothing underflows.
[[nodiscard]] double log_binomial_tail(unsigned trials, unsigned at_least, double probability);

/// log10 of a bound on the probability that a reconstruction fails where each cell differs from its enrolment with
/// probability `error_rate`, independently: 22 times the chance that a Golay word gets more than three wrong bits.
[[nodiscard]] double log10_failure(const Code& code, double error_rate);

/// The smallest code whose bound is at most `target_failure`; ErrorCode::refused where even the largest fails more
/// often.
[[nodiscard]] Result<Code> choose_code(double error_rate, double target_failure);

}  // namespace holdfast::puf
