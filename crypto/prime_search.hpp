// Internal to crypto/: the primes of derived RSA keys, as docs/formats/derived-rsa.md has them.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/hmac_drbg.hpp"
#include "crypto/openssl.hpp"

#include <functional>

namespace holdfast::crypto {

inline constexpr std::uint64_t kRsaExponent = 65537;

/// |p - q| > 2^(bits - 100), for two primes of `bits`: closer ones would be found from their product (FIPS 186-5).
[[nodiscard]] Result<bool> far_apart(const BIGNUM* p, const BIGNUM* q, unsigned bits);

/// A sequence of primes that a seed determines. Every candidate is drawn anew, so that what a rejected one may have
/// told by its time says nothing about the prime that is found.
class PrimeSearch {
 public:
  /// Primes half as long as the modulus. `progress` is called for each candidate without small factors.
  [[nodiscard]] static Result<PrimeSearch> create(const SecretBytes& seed, unsigned modulus_bits,
                                                  std::function<void()> progress);

  /// The next prime p with gcd(p - 1, e) = 1 that is not too close to `other`, which may be null.
  [[nodiscard]] Result<openssl::Bignum> next(const BIGNUM* other);

 private:
  PrimeSearch(HmacDrbg candidates, HmacDrbg bases, unsigned bits, std::function<void()> progress);
  [[nodiscard]] Result<void> draw_candidate();
  [[nodiscard]] Result<bool> is_prime(const BIGNUM* candidate);
  [[nodiscard]] Result<void> draw_base(BIGNUM* base, const BIGNUM* below);

  HmacDrbg candidates_;
  HmacDrbg bases_;
  unsigned bits_;
  std::function<void()> progress_;
  SecretBytes candidate_;
  SecretBytes base_;
};

}  // namespace holdfast::crypto
