#include "crypto/small_primes.hpp"

#include <openssl/bn.h>

#include "crypto/openssl.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::pattern;

/// `factor` times a number that has no small factor itself, as 64 bytes.
Bytes multiple_of(std::uint64_t factor) {
  const openssl::Bignum number(BN_new());
  // 2^255 - 19 and 2^127 - 1 are primes.
  EXPECT_EQ(BN_set_bit(number.get(), 255), 1);
  EXPECT_EQ(BN_sub_word(number.get(), 19), 1);
  EXPECT_EQ(BN_mul_word(number.get(), factor), 1);
  Bytes bytes(64);
  EXPECT_EQ(BN_bn2binpad(number.get(), bytes.data(), 64), 64);
  return bytes;
}

TEST(SmallPrimes, FindsEachAndNothingElse) {
  for (std::uint64_t factor = 1; factor < 70000; factor += 2) {
    const openssl::Bignum number(BN_new());
    ASSERT_EQ(BN_set_word(number.get(), factor), 1);
    const bool beyond = factor > 65536 && BN_check_prime(number.get(), nullptr, nullptr) == 1;
    ASSERT_EQ(has_small_factor(multiple_of(factor)), factor != 1 && !beyond) << factor;
  }
  EXPECT_FALSE(has_small_factor(multiple_of(2)));  // looks only for odd ones
  EXPECT_TRUE(has_small_factor(multiple_of(65521)));
  EXPECT_FALSE(has_small_factor(multiple_of(65537)));
}

TEST(SmallPrimes, DividesAgreesWithDivision) {
  const std::uint64_t divisors[] = {1, 3, 65537, 0xffffffffU, 0xffffffffffffffffU, 0xffffffffffffffc5U};
  for (const std::uint64_t divisor : divisors) {
    for (unsigned seed = 0; seed < 50; ++seed) {
      Bytes bytes = seed < 2 ? Bytes(128, seed == 0 ? 0xff : 0x00) : pattern(128, seed);
      bytes.back() |= 0x08;  // not smaller than what is subtracted
      const openssl::Bignum number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
      const std::uint64_t remainder = BN_mod_word(number.get(), divisor);
      for (const std::uint64_t minus : {0U, 1U, 2U, 3U}) {
        EXPECT_EQ(divides(divisor, bytes, minus), remainder == minus % divisor) << divisor << " " << seed;
      }
    }
    for (const std::uint64_t minus : {0U, 1U}) {
      Bytes multiple = multiple_of(divisor);
      multiple.back() = static_cast<std::uint8_t>(multiple.back() | minus);
      const openssl::Bignum number(BN_bin2bn(multiple.data(), static_cast<int>(multiple.size()), nullptr));
      EXPECT_EQ(divides(divisor, multiple, minus), BN_mod_word(number.get(), divisor) == minus % divisor) << divisor;
    }
  }
}

}  // namespace
}  // namespace holdfast::crypto
