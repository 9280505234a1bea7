// What the benchmarks share.
#pragma once

#include "core/result.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::bench {

/// A benchmark that computes nonsense fast is worthless.
inline void require(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().describe().c_str());
  require(result.ok());
  return std::move(result).value();
}

inline void must(const Result<void>& result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().describe().c_str());
  require(result.ok());
}

/// The upper one of an even number.
inline double median(std::vector<double> values) {
  require(!values.empty());
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A folder of its own, removed with all that is in it.
class Folder {
 public:
  explicit Folder(const std::filesystem::path& parent) : path_((parent / "holdfast-bench-XXXXXX").string()) {
    require(::mkdtemp(path_.data()) != nullptr);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace holdfast::bench
