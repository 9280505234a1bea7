// Working memory of fixed size on the stack that is overwritten when it goes.
#pragma once

#include "core/secret_bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast::puf {

/// `Count` numbers, zero at first. Not copied; for the few machine words that a computation holds at once.
template <std::size_t Count>
class WipedWords {
 public:
  WipedWords() = default;
  WipedWords(const WipedWords&) = delete;
  WipedWords& operator=(const WipedWords&) = delete;
  ~WipedWords() { wipe({reinterpret_cast<std::uint8_t*>(words_.data()), sizeof(words_)}); }

  [[nodiscard]] std::uint64_t& operator[](std::size_t i) { return words_[i]; }
  [[nodiscard]] const std::uint64_t& operator[](std::size_t i) const { return words_[i]; }

 private:
  std::array<std::uint64_t, Count> words_{};
};

}  // namespace holdfast::puf
