#include "device/puf/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <utility>

namespace holdfast::puf {
namespace {

ByteView bytes_of(const SecretBytes& readout) { return readout.expose(SecretAccess{}); }

// A readout in up to kMostBlocks parts; the bytes that do not fill the last one are in no block.
struct Division {
  std::size_t blocks;
  std::size_t block_bytes;

  explicit Division(std::size_t bytes) : blocks(std::min(bytes, kMostBlocks)), block_bytes(bytes / blocks) {}
  [[nodiscard]] ByteView part(const SecretBytes& readout, std::size_t i) const {
    return bytes_of(readout).subspan(i * block_bytes, block_bytes);
  }
  [[nodiscard]] double share(std::uint64_t bits) const {
    return static_cast<double>(bits) / static_cast<double>(block_bytes * 8);
  }
};

// Pairs of readouts, added up.
class Comparison {
 public:
  explicit Comparison(std::size_t bytes)
      : division_(bytes), bits_(static_cast<double>(bytes * 8)), sums_(division_.blocks) {}

  void add(const SecretBytes& a, const SecretBytes& b) {
    const double share = static_cast<double>(count_differing(bytes_of(a), bytes_of(b))) / bits_;
    distances_.least = std::min(distances_.least, share);
    distances_.greatest = std::max(distances_.greatest, share);
    sum_ += share;
    ++pairs_;
    for (std::size_t i = 0; i < division_.blocks; ++i) {
      const double part = division_.share(count_differing(division_.part(a, i), division_.part(b, i)));
      distances_.samples.push_back(part);
      sums_[i] += part;
    }
  }
  [[nodiscard]] Distances distances() const {
    auto all = distances_;
    all.mean = sum_ / static_cast<double>(pairs_);
    return all;
  }
  [[nodiscard]] double mean_of_block(std::size_t i) const { return sums_[i] / static_cast<double>(pairs_); }

 private:
  Division division_;
  double bits_;
  Distances distances_;
  double sum_ = 0;
  std::size_t pairs_ = 0;
  std::vector<double> sums_;
};

Error usage(std::string what) { return {ErrorCode::usage, std::move(what)}; }

Result<void> check(const Readouts& own, const std::vector<Readouts>& others) {
  if (own.size() < 2) return usage("one readout says nothing about errors; give at least two of the same device");
  std::size_t count = own.size();
  const std::size_t size = own.front().size();
  if (size == 0) return Error(ErrorCode::malformed, "the readouts are empty");
  if (size > kMaxResponse) {
    return Error(ErrorCode::malformed,
                 std::format("a readout has {} bytes, and at most {} are taken", size, kMaxResponse));
  }
  const auto fits = [size](const SecretBytes& readout) { return readout.size() == size; };
  bool equal = std::ranges::all_of(own, fits);
  for (const auto& device : others) {
    if (device.empty()) return usage("a device without a readout was named");
    equal = equal && std::ranges::all_of(device, fits);
    count += device.size();
  }
  if (!equal) return Error(ErrorCode::malformed, "the readouts are not of one size");
  if (count > kMostReadouts) return usage(std::format("{} readouts are too many; give up to {}", count, kMostReadouts));
  return {};
}

// Wilson's bound, which also serves where no error was seen.
double upper_error_rate(double share, double bits) {
  constexpr double kZ = 2.576;
  const double square = kZ * kZ / bits;
  const double middle = share + (square / 2);
  const double spread = kZ * std::sqrt(((share * (1 - share)) + (square / 4)) / bits);
  return std::min(1.0, (middle + spread) / (1 + square));
}

// What the majority of the other devices says of `device`, by what its cell is. A tie is decided by the first of them.
struct Told {
  std::uint64_t zeros = 0;
  std::uint64_t zeros_told = 0;
  std::uint64_t ones = 0;
  std::uint64_t ones_told = 0;
};

Told told_by_others(const std::vector<const SecretBytes*>& devices, std::size_t device) {
  Told told;
  const auto cells = bytes_of(*devices[device]);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      int votes = 0;
      for (std::size_t other = 0; other < devices.size(); ++other) {
        if (other == device) continue;
        const int weight = other == (device == 0 ? 1U : 0U) ? 3 : 2;
        votes += ((bytes_of(*devices[other])[i] >> bit) & 1) != 0 ? weight : -weight;
      }
      const bool one = ((cells[i] >> bit) & 1) != 0;
      const auto hit = static_cast<unsigned>((votes > 0) == one);
      ++(one ? told.ones : told.zeros);
      (one ? told.ones_told : told.zeros_told) += hit;
    }
  }
  return told;
}

ByOthers bounds_of(const Told& told) {
  ByOthers bounds;
  bounds.cell = predictor_bound(told.ones_told + told.zeros_told, told.ones + told.zeros);
  if (told.ones == 0 || told.zeros == 0) return bounds;
  const auto ones = static_cast<double>(told.ones);
  const auto zeros = static_cast<double>(told.zeros);
  const double mean =
      ((static_cast<double>(told.ones_told) / ones) + (static_cast<double>(told.zeros_told) / zeros)) / 2;
  // As many trials as would have the same variance.
  const double trials = 4 * ones * zeros / (ones + zeros);
  bounds.balanced = predictor_bound(static_cast<std::uint64_t>(mean * trials), static_cast<std::uint64_t>(trials));
  return bounds;
}

void compare_devices(const Readouts& own, const std::vector<Readouts>& others, Analysis& found) {
  if (others.empty()) return;
  Comparison between(found.bytes);
  std::vector<const Readouts*> all{&own};
  for (const auto& device : others) all.push_back(&device);
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = a + 1; b < all.size(); ++b) {
      for (const auto& one : *all[a]) {
        for (const auto& other : *all[b]) between.add(one, other);
      }
    }
  }
  found.between = between.distances();
  std::vector<const SecretBytes*> first;
  first.reserve(all.size());
  for (const auto* const device : all) first.push_back(&device->front());
  ByOthers best;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto bounds = bounds_of(told_by_others(first, i));
    best.cell = std::max(best.cell, bounds.cell);
    best.balanced = std::max(best.balanced, bounds.balanced);
  }
  found.by_others = best;
}

void compare_readouts(const Readouts& own, Analysis& found) {
  Comparison within(found.bytes);
  for (std::size_t a = 0; a < own.size(); ++a) {
    for (std::size_t b = a + 1; b < own.size(); ++b) within.add(own[a], own[b]);
  }
  found.within = within.distances();
  found.error_rate = upper_error_rate(found.within.greatest, static_cast<double>(found.bytes * 8));
  const Division division(found.bytes);
  for (std::size_t i = 0; i < division.blocks; ++i) {
    double ones = 0;
    for (const auto& readout : own) ones += division.share(count_ones(division.part(readout, i)));
    found.blocks.push_back({ones / static_cast<double>(own.size()), within.mean_of_block(i)});
  }
}

void measure_cells(const Readouts& own, Analysis& found) {
  found.cells = {.by_value = 0.5};
  for (const auto& readout : own) {
    const auto cells = predictability_of(bytes_of(readout));
    found.ones += cells.ones / static_cast<double>(own.size());
    if (cells.best() >= found.cells.best()) found.cells = cells;
  }
  found.min_entropy_per_bit = min_entropy_of(std::max(found.cells.best(), found.by_others.value_or(ByOthers{}).cell));
}

bool dearer(const Choice& a, const Choice& b) {
  if (a.rule != b.rule) return a.rule == SelectionRule::pairs;
  return a.code.repetitions > b.code.repetitions;
}

// The choice that all readouts allow; where one would be refused, the code that the errors alone demand.
Result<void> find_choice(const Readouts& own, const Expectation& expected, Analysis& found) {
  const auto choice = choose_for_all(own, expected);
  if (choice.ok()) {
    found.choice = *choice;
    return {};
  }
  if (choice.error().code() != ErrorCode::refused) return choice.error();
  found.refusal = choice.error().message();
  const auto code = choose_code(expected.error_rate, expected.target_failure);
  found.choice = code.ok() ? std::optional(Choice{.code = *code}) : std::nullopt;
  return {};
}

Result<void> try_to_enrol(const Readouts& own, double target_failure, Analysis& found) {
  const auto others = found.by_others.value_or(ByOthers{});
  TRY(find_choice(own, {.error_rate = found.error_rate, .target_failure = target_failure, .others = others}, found),
      "find a code");
  if (!found.choice) return {};
  const bool pairs = found.choice->rule == SelectionRule::pairs;
  found.log10_failure =
      log10_failure(found.choice->code, pairs ? error_rate_of_pairs(found.error_rate, found.ones) : found.error_rate);
  for (const auto& readout : own) {
    const auto worth = assess(readout, *found.choice, others);
    if (!worth.ok() && worth.error().code() != ErrorCode::refused) return worth.error();
    if (!worth.ok() && found.refusal.empty()) found.refusal = worth.error().message();
    if (worth.ok() && (!found.assessment || worth->residual_bits < found.assessment->residual_bits)) {
      found.assessment = *worth;
    }
  }
  return {};
}

}  // namespace

Result<double> measure_error_rate(const Readouts& own) {
  TRY(check(own, {}), "check readouts");
  std::uint64_t most = 0;
  for (std::size_t a = 0; a < own.size(); ++a) {
    for (std::size_t b = a + 1; b < own.size(); ++b) {
      most = std::max(most, count_differing(bytes_of(own[a]), bytes_of(own[b])));
    }
  }
  const auto bits = static_cast<double>(own.front().size() * 8);
  return upper_error_rate(static_cast<double>(most) / bits, bits);
}

Result<Choice> choose_for_all(const Readouts& own, const Expectation& expected) {
  std::optional<Choice> dearest;
  for (const auto& readout : own) {
    TRY_LET(const auto choice, choose(readout, expected), "choose cells");
    if (!dearest || dearer(choice, *dearest)) dearest = choice;
  }
  if (!dearest) return usage("no readout was given");
  return *dearest;
}

Result<Analysis> analyse(const Readouts& own, const std::vector<Readouts>& others, double target_failure) {
  TRY(check(own, others), "check readouts");
  Analysis found;
  found.readouts = own.size();
  found.devices = 1 + others.size();
  found.bytes = own.front().size();
  compare_readouts(own, found);
  compare_devices(own, others, found);
  measure_cells(own, found);
  TRY(try_to_enrol(own, target_failure, found), "try to enrol");
  return found;
}

}  // namespace holdfast::puf
