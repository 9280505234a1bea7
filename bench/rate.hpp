// Wall-clock time, for what the benchmarks do.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace holdfast::bench {

[[nodiscard]] double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// How often a second `work` is done by so many threads, over `turn`.
[[nodiscard]] double rate(unsigned threads, std::chrono::duration<double> turn, const auto& work) {
  std::atomic<bool> stop{false};
  std::atomic<long> done{0};
  const double took = seconds_of([&] {
    std::vector<std::jthread> running;
    for (unsigned i = 0; i < threads; ++i) {
      running.emplace_back([&] {
        for (; !stop; ++done) work();
      });
    }
    std::this_thread::sleep_for(turn);
    stop = true;
  });
  return static_cast<double>(done) / took;
}

}  // namespace holdfast::bench
