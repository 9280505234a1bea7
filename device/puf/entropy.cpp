#include "device/puf/entropy.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace holdfast::puf {
namespace {

constexpr double kConfidence = 2.576;

std::uint64_t load_be64(const std::uint8_t* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  if constexpr (std::endian::native == std::endian::little) word = std::byteswap(word);
  return word;
}

bool bit_at(ByteView bits, std::size_t i) { return ((bits[i / 8] >> (7 - (i % 8))) & 1) != 0; }

// How many cells differ from the one `lag` behind.
std::uint64_t count_changes(ByteView bits, std::size_t lag) {
  const std::size_t compared = (bits.size() * 8) - lag;
  std::uint64_t changes = 0;
  std::size_t i = 0;
  // Words, as long as the nine bytes from which the later one is taken are there.
  for (; (i + lag) / 8 + 9 <= bits.size(); i += 64) {
    const auto* const later = bits.data() + ((i + lag) / 8);
    const auto shift = (i + lag) % 8;
    auto word = load_be64(later) << shift;
    if (shift > 0) word |= std::uint64_t{later[8]} >> (8 - shift);
    changes += static_cast<unsigned>(std::popcount(load_be64(bits.data() + (i / 8)) ^ word));
  }
  for (; i < compared; ++i) changes += static_cast<unsigned>(bit_at(bits, i) != bit_at(bits, i + lag));
  return changes;
}

double upper_bound(double share, std::uint64_t trials) {
  if (trials < 2) return 1;
  return std::min(1.0, share + (kConfidence * std::sqrt(share * (1 - share) / static_cast<double>(trials - 1))));
}

double bound_of(double share, std::uint64_t trials, double significant) {
  if (share - 0.5 < significant * 0.5 / std::sqrt(static_cast<double>(trials))) return 0.5;
  return upper_bound(share, trials);
}

// How well a cell tells the one `lag` behind, the mean of ones and zeros: P(1 | 1) and P(0 | 0), from the number of
// changes and the share of ones. As many trials as have the variance of a coin's.
double balanced_bound(std::uint64_t changes, std::uint64_t trials, double ones, double significant) {
  const double spread = 4 * ones * (1 - ones);
  if (trials == 0 || spread <= 0) return 0.5;
  const double told = 1 - (static_cast<double>(changes) / static_cast<double>(trials) / spread);
  const double change = spread / 2;
  const double worth = std::min(1.0, spread * spread / (4 * change * (1 - change)));
  return bound_of(std::clamp(std::max(told, 1 - told), 0.5, 1.0),
                  static_cast<std::uint64_t>(static_cast<double>(trials) * worth), significant);
}

}  // namespace

double Predictability::best() const { return std::max(by_value, by_lag); }

Predictability predictability_of(ByteView cells) {
  const std::uint64_t count = cells.size() * 8;
  Predictability found;
  if (count == 0) return found;
  const auto ones = count_ones(cells);
  found.ones = static_cast<double>(ones) / static_cast<double>(count);
  found.by_value = upper_bound(std::max(found.ones, 1 - found.ones), count);
  const std::size_t longest = count <= kFewCells ? kLongestLagOfFew : kLongestSuccessiveLag;
  for (std::size_t lag = 1; lag <= count / 2; lag += lag < longest ? 1 : lag) {
    const bool usual = lag <= kLongestSuccessiveLag || std::has_single_bit(lag);
    const double significant = usual ? kSignificant : kSignificantAmongThousands;
    const auto changes = count_changes(cells, lag);
    found.by_repetition = std::max(found.by_repetition, balanced_bound(changes, count - lag, found.ones, significant));
    const double bound = predictor_bound(changes, count - lag, significant);
    if (bound <= found.by_lag) continue;
    found.by_lag = bound;
    found.lag = lag;
  }
  return found;
}

double share_guessed(ByteView cells) {
  const std::size_t count = cells.size() * 8;
  const auto share = [](std::uint64_t hits, std::size_t trials) {
    return static_cast<double>(std::max(hits, trials - hits)) / static_cast<double>(trials);
  };
  double best = share(count_ones(cells), count);
  for (std::size_t lag = 1; lag <= count / 2; lag *= 2) {
    best = std::max(best, share(count_changes(cells, lag), count - lag));
  }
  return best;
}

double predictor_bound(std::uint64_t hits, std::uint64_t trials, double significant) {
  if (trials == 0) return 0.5;
  const auto all = static_cast<double>(trials);
  const double share = static_cast<double>(std::max(hits, trials - hits)) / all;
  return bound_of(share, trials, significant);
}

double min_entropy_of(double predictability) { return -std::log2(predictability); }

double residual_min_entropy(const Code& code, double predictability) {
  if (predictability >= 1) return 0;
  const double log_likely = std::log(predictability);
  const double log_unlikely = std::log1p(-predictability);
  const unsigned r = code.repetitions;
  double log_choices = 0;
  double sum = 0;  // twice the chance to guess a repeated bit from the helper data of its cells
  for (unsigned i = 0; i <= r; ++i) {
    if (i > 0) log_choices += std::log(static_cast<double>(r - i + 1) / i);
    const unsigned more = std::max(i, r - i);
    sum += std::exp(log_choices + (more * log_likely) + ((r - more) * log_unlikely));
  }
  const double of_a_word = kGolayMessageBits - (kGolayBits * std::log2(std::max(sum, 1.0)));
  return std::clamp(kGolayWords * of_a_word, 0.0, static_cast<double>(kSecretBits));
}

std::uint64_t count_ones(ByteView bits) {
  std::uint64_t ones = 0;
  std::size_t i = 0;
  for (; i + 8 <= bits.size(); i += 8) ones += static_cast<unsigned>(std::popcount(load_be64(bits.data() + i)));
  for (; i < bits.size(); ++i) ones += static_cast<unsigned>(std::popcount(bits[i]));
  return ones;
}

std::uint64_t count_differing(ByteView a, ByteView b) {
  const std::size_t size = std::min(a.size(), b.size());
  std::uint64_t differing = 0;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    differing += static_cast<unsigned>(std::popcount(load_be64(a.data() + i) ^ load_be64(b.data() + i)));
  }
  for (; i < size; ++i) differing += static_cast<unsigned>(std::popcount(static_cast<std::uint8_t>(a[i] ^ b[i])));
  return differing;
}

}  // namespace holdfast::puf
