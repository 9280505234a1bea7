#include "device/puf/code.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <format>
#include <limits>
#include <numbers>

namespace holdfast::puf {
namespace {

constexpr std::string_view kPrefix = "rep";
constexpr std::string_view kSuffix = "-golay23";
constexpr double kImpossible = -std::numeric_limits<double>::infinity();

// ln(e^a + e^b).
double log_add(double a, double b) {
  const double larger = std::max(a, b);
  if (larger == kImpossible) return larger;
  return larger + std::log1p(std::exp(std::min(a, b) - larger));
}

}  // namespace

std::string Code::name() const { return std::format("{}{}{}", kPrefix, repetitions, kSuffix); }

Result<Code> parse_code(std::string_view name) {
  const Error error(
      ErrorCode::malformed,
      std::format("there is no such code; one is called repN-golay23, N odd and at most {}", kMostRepetitions));
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix) || name.size() <= kPrefix.size() + kSuffix.size())
    return error;
  const auto digits = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
  Code code;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), code.repetitions);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return error;
  if (code.repetitions % 2 == 0 || code.repetitions > kMostRepetitions || code.name() != name) return error;
  return code;
}

double log_binomial_tail(unsigned trials, unsigned at_least, double probability) {
  if (at_least == 0) return 0;
  if (at_least > trials || probability <= 0) return kImpossible;
  if (probability >= 1) return 0;
  const double log_hit = std::log(probability);
  const double log_miss = std::log1p(-probability);
  double log_choices = 0;  // ln of the number of ways to choose i
  double sum = kImpossible;
  for (unsigned i = 0; i <= trials; ++i) {
    if (i > 0) log_choices += std::log(static_cast<double>(trials - i + 1) / i);
    if (i >= at_least) sum = log_add(sum, log_choices + (i * log_hit) + ((trials - i) * log_miss));
  }
  return std::min(sum, 0.0);
}

double log10_failure(const Code& code, double error_rate) {
  const double wrong_bit = std::exp(log_binomial_tail(code.repetitions, (code.repetitions + 1) / 2, error_rate));
  const double wrong_word = log_binomial_tail(kGolayBits, kGolayCorrects + 1, wrong_bit);
  return std::min(0.0, (wrong_word + std::log(kGolayWords)) / std::numbers::ln10);
}

Result<Code> choose_code(double error_rate, double target_failure) {
  for (Code code; code.repetitions <= kMostRepetitions; code.repetitions += 2) {
    if (log10_failure(code, error_rate) <= std::log10(target_failure)) return code;
  }
  return Error(
      ErrorCode::refused,
      std::format("{:.1f} % of the bits differ between readouts, and no code here brings a failure rate of {:.0e}; "
                  "allow more failures, or find a steadier source",
                  100 * error_rate, target_failure));
}

}  // namespace holdfast::puf
