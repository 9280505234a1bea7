// Makes arguments of a fuzzer's bytes, from the front to the end; behind that come zeros and nothing.
#pragma once

#include <algorithm>

#include "core/bytes.hpp"

namespace holdfast::fuzz {

class Take {
 public:
  explicit Take(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::uint8_t number() {
    if (rest_.empty()) return 0;
    const auto first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  /// At most so many.
  [[nodiscard]] Bytes bytes(std::size_t size) {
    const auto taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

 private:
  ByteView rest_;
};

}  // namespace holdfast::fuzz
