// What a fuzz target promises about every input. A broken promise stops the program in every build.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <print>

namespace holdfast::fuzz {

inline void check(bool holds, const char* promise) {
  if (holds) return;
  std::println(stderr, "broken promise: {}", promise);
  std::abort();
}

}  // namespace holdfast::fuzz
