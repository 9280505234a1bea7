// Noisy sources: how long a reconstruction takes, and how many of ten million fail at 15 % errors.
//
// usage: puf_bench [READINGS]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "bench/support.hpp"
#include "crypto/compare.hpp"
#include "crypto/random.hpp"
#include "device/puf/fuzzy_extractor.hpp"
#include "device/puf/simulate.hpp"

namespace {

using namespace holdfast;
using bench::must;
using puf::SimulatedChance;

constexpr double kErrorRate = 0.15;
constexpr puf::Choice kChoice{.code = {19}};

double microseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

void disturb(SecretBytes& reading, const SecretBytes& response, SimulatedChance& chance) {
  const auto from = response.expose(SecretAccess{});
  const auto to = reading.expose_mutable(SecretAccess{});
  for (std::size_t i = 0; i < to.size(); i += 8) {
    const auto wrong = chance.bits(kErrorRate);
    for (unsigned byte = 0; byte < 8; ++byte)
      to[i + byte] = static_cast<std::uint8_t>(from[i + byte] ^ (wrong >> (8 * byte)));
  }
}

// Failures of a source of its own.
std::uint64_t failures_of(std::uint64_t readings, std::uint64_t seed) {
  const auto response = must(crypto::random_secret(kChoice.code.cells() / 8));
  const auto made = must(puf::enrol(response, kChoice));
  SimulatedChance chance(seed);
  SecretBytes reading(response.size());
  std::uint64_t failures = 0;
  for (std::uint64_t i = 0; i < readings; ++i) {
    disturb(reading, response, chance);
    const auto secret = must(puf::reconstruct(reading, made.helper));
    const bool same = crypto::ct_equal(secret.expose(SecretAccess{}), made.secret.expose(SecretAccess{}));
    failures += same ? 0 : 1;
  }
  return failures;
}

void measure(const char* name, const SecretBytes& response, const puf::Choice& choice) {
  const auto made = must(puf::enrol(response, choice));
  std::vector<double> times;
  for (int i = 0; i < 2000; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto secret = must(puf::reconstruct(response, made.helper));
    times.push_back(microseconds_since(start));
    bench::require(secret.size() == 32);
  }
  std::ranges::sort(times);
  std::printf("{\"reconstruct\": \"%s, %s\", \"cells\": %zu, \"median_us\": %.1f, \"p99_us\": %.1f}\n",
              choice.code.name().c_str(), name, made.helper.response_size() * 8, times[times.size() / 2],
              times[times.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t readings = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const auto biased = must(puf::simulate_readouts({.bytes = 8000, .ones = 0.4, .error_rate = 0}, 1));
  measure("all cells", must(crypto::random_secret(1216)), kChoice);
  measure("pairs", SecretBytes::copy_of(biased.front()), {.code = {19}, .rule = puf::SelectionRule::pairs});

  const auto start = std::chrono::steady_clock::now();
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::uint64_t> failures = 0;
  std::vector<std::jthread> threads;
  for (unsigned core = 0; core < cores; ++core) {
    const std::uint64_t share = (readings / cores) + (core < readings % cores ? 1 : 0);
    threads.emplace_back([share, core, &failures] { failures += failures_of(share, core); });
  }
  threads.clear();  // waits
  std::printf(
      "{\"code\": \"%s\", \"error_rate\": %.2f, \"readings\": %llu, \"failures\": %llu, \"bound\": \"%.1e\", "
      "\"seconds\": %.0f}\n",
      kChoice.code.name().c_str(), kErrorRate, static_cast<unsigned long long>(readings),
      static_cast<unsigned long long>(failures.load()), std::pow(10, puf::log10_failure(kChoice.code, kErrorRate)),
      microseconds_since(start) / 1e6);
  return failures == 0 ? 0 : 1;
}
