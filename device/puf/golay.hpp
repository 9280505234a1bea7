// The binary Golay code (23, 12, 7): 12 bits of message, 11 of parity, any three wrong bits corrected.
//
// It is perfect: each of the 2^23 words lies within three bits of exactly one codeword. So every word decodes, and
// there is no "did not decode" that anybody could observe; too many errors give another message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast::puf {

inline constexpr unsigned kGolayBits = 23;
inline constexpr unsigned kGolayMessageBits = 12;
inline constexpr unsigned kGolayCorrects = 3;

namespace golay {

inline constexpr unsigned kParityBits = kGolayBits - kGolayMessageBits;
// x^11 + x^10 + x^6 + x^5 + x^4 + x^2 + 1; the coefficient of x^i is bit i.
inline constexpr std::uint32_t kGenerator = 0xC75;

/// The remainder of a word of 23 bits by the generator: 11 bits. The same steps for every word.
constexpr std::uint32_t syndrome(std::uint32_t word) {
  for (unsigned i = kGolayMessageBits; i-- > 0;) {
    const std::uint32_t top = (word >> (i + kParityBits)) & 1U;
    word ^= (0U - top) & (kGenerator << i);
  }
  return word;
}

// What is wrong in a word, by its syndrome.
consteval std::array<std::uint32_t, 1U << kParityBits> errors_by_syndrome() {
  std::array<std::uint32_t, 1U << kParityBits> errors{};
  std::array<std::uint32_t, kGolayBits + 1> single{};  // the last stands for no error
  for (unsigned i = 0; i < kGolayBits; ++i) single.at(i) = 1U << i;
  for (unsigned a = 0; a <= kGolayBits; ++a) {
    for (unsigned b = a; b <= kGolayBits; ++b) {
      for (unsigned c = b; c <= kGolayBits; ++c) {
        const bool distinct = (a < b || b == kGolayBits) && (b < c || c == kGolayBits);
        if (!distinct) continue;
        const auto pattern = single.at(a) | single.at(b) | single.at(c);
        errors.at(syndrome(pattern)) = pattern;
      }
    }
  }
  return errors;
}

inline constexpr auto kErrors = errors_by_syndrome();

}  // namespace golay

/// The codeword of a message of 12 bits, which are its highest.
constexpr std::uint32_t golay_encode(std::uint32_t message) {
  const std::uint32_t shifted = message << golay::kParityBits;
  return shifted | golay::syndrome(shifted);
}

/// The codeword nearest to a word of 23 bits.
///
/// The place in the table that is read depends on the error pattern alone and not on the codeword, so that the cache
/// tells at most which bits of this reading were wrong.
constexpr std::uint32_t golay_correct(std::uint32_t word) { return word ^ golay::kErrors[golay::syndrome(word)]; }

}  // namespace holdfast::puf
