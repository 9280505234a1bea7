#include "crypto/small_primes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

namespace holdfast::crypto {
namespace {

__extension__ using TwoWords = unsigned __int128;

constexpr std::uint64_t kBound = std::uint64_t{1} << 16;
constexpr std::uint64_t kMaxWord = std::numeric_limits<std::uint64_t>::max();

/// 1 / odd modulo 2^64. An odd number is its own inverse modulo 8, and each step of Newton's doubles the right bits.
constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t inverse = odd;
  for (int bits = 3; bits < 64; bits *= 2) inverse *= 2 - odd * inverse;
  return inverse;
}

struct Divisor {
  explicit constexpr Divisor(std::uint64_t odd) : value(odd), inverse(inverse_of(odd)), most(kMaxWord / odd) {}

  /// The multiples of `value` are the words whose product with its inverse is a quotient of words.
  [[nodiscard]] constexpr bool divides(std::uint64_t word) const { return word * inverse <= most; }

  std::uint64_t value;
  std::uint64_t inverse;
  std::uint64_t most;
};

/// Consecutive primes, whose product fits a word: one pass over the number serves them all.
struct Group {
  Divisor product;
  std::vector<Divisor> primes;
};

std::uint64_t big_endian_word(ByteView bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

/// A word c with number - minus = -c * 2^(8 * size) modulo the divisor, so that both have the same divisors in common
/// with it. Word by word from the lowest: what remains of it becomes a multiple of the divisor by subtracting c times
/// 2^64, which is c subtracted from the next word.
std::uint64_t carry_of(const Divisor& divisor, ByteView number, std::uint64_t minus) {
  std::uint64_t carry = minus;
  for (std::size_t end = number.size(); end >= 8; end -= 8) {
    const std::uint64_t word = big_endian_word(number.subspan(end - 8, 8));
    const std::uint64_t quotient = (word - carry) * divisor.inverse;
    const auto borrow = static_cast<std::uint64_t>(word < carry);
    carry = static_cast<std::uint64_t>((static_cast<TwoWords>(quotient) * divisor.value) >> 64) + borrow;
  }
  return carry;
}

std::vector<std::uint64_t> odd_primes() {
  std::vector<bool> composite(kBound);
  std::vector<std::uint64_t> primes;
  for (std::uint64_t number = 3; number < kBound; number += 2) {
    if (composite[number]) continue;
    primes.push_back(number);
    for (std::uint64_t multiple = number * number; multiple < kBound; multiple += 2 * number) {
      composite[multiple] = true;
    }
  }
  return primes;
}

std::vector<Group> make_groups() {
  std::vector<Group> groups;
  std::vector<Divisor> primes;
  std::uint64_t product = 1;
  const auto close_group = [&] {
    groups.push_back({.product = Divisor(product), .primes = std::move(primes)});
    primes.clear();
    product = 1;
  };
  for (const std::uint64_t prime : odd_primes()) {
    if (product > kMaxWord / prime) close_group();
    product *= prime;
    primes.emplace_back(prime);
  }
  close_group();
  return groups;
}

bool has_factor_in(const Group& group, ByteView number) {
  const std::uint64_t carry = carry_of(group.product, number, 0);
  bool found = false;
  for (const Divisor& prime : group.primes) found |= prime.divides(carry);
  return found;
}

}  // namespace

bool has_small_factor(ByteView number) {
  static const std::vector<Group> kGroups = make_groups();
  return std::ranges::any_of(kGroups, [number](const Group& group) { return has_factor_in(group, number); });
}

bool divides(std::uint64_t divisor, ByteView number, std::uint64_t minus) {
  const Divisor odd(divisor);
  return odd.divides(carry_of(odd, number, minus));
}

}  // namespace holdfast::crypto
