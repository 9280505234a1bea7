// What readouts of a noisy source say about it: how steady it is, how hard to guess, and what it would take to use it.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/puf/fuzzy_extractor.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace holdfast::puf {

/// All readouts of one device; of one size.
using Readouts = std::vector<SecretBytes>;

inline constexpr std::size_t kMostReadouts = 256;
inline constexpr std::size_t kMostBlocks = 64;

/// Shares of bits that differ, over pairs of readouts.
struct Distances {
  double mean = 0;
  double least = 1;
  double greatest = 0;
  std::vector<double> samples;  ///< of each block of each pair
};

/// What a part of the cells is like.
struct Block {
  double ones = 0;
  double error_rate = 0;
};

struct Analysis {
  std::size_t readouts = 0;
  std::size_t devices = 1;            ///< this one included
  std::size_t bytes = 0;              ///< a readout
  double ones = 0;                    ///< mean share of cells that read 1
  Distances within;                   ///< between readouts of this device
  std::optional<Distances> between;   ///< between readouts of different devices
  double error_rate = 0;              ///< upper bound of the worst pair's, with which codes are chosen
  Predictability cells;               ///< of the readout that is easiest to guess
  std::optional<ByOthers> by_others;  ///< the majority of the other devices, where others were given
  double min_entropy_per_bit = 0;     ///< by the best of all these predictors
  std::vector<Block> blocks;          ///< up to kMostBlocks parts of equal size, in order

  /// The cheapest choice that every readout allows; with a refusal, the code that the errors alone demand, if any.
  std::optional<Choice> choice;
  std::optional<Assessment> assessment;  ///< of the readout that leaves least
  double log10_failure = 0;              ///< of `choice`
  std::string refusal;                   ///< where enrolment would be refused: why

  [[nodiscard]] bool acceptable() const { return refusal.empty(); }
};

/// An upper bound, at 99.5 % confidence, of the share of bits that differ between the two readouts that differ most.
/// Errors as `analyse` has them.
[[nodiscard]] Result<double> measure_error_rate(const Readouts& own);

/// The cheapest choice that every readout allows; ErrorCode::refused as `choose` has it.
[[nodiscard]] Result<Choice> choose_for_all(const Readouts& own, const Expectation& expected);

/// ErrorCode::usage for fewer than two readouts or more than kMostReadouts in all, ErrorCode::malformed for sizes that
/// differ, are 0 or are larger than kMaxResponse. A source that cannot be enrolled is no error. Work grows with the
/// square of the number of readouts.
[[nodiscard]] Result<Analysis> analyse(const Readouts& own, const std::vector<Readouts>& others, double target_failure);

}  // namespace holdfast::puf
