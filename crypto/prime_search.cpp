#include "crypto/prime_search.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "crypto/kdf.hpp"
#include "crypto/small_primes.hpp"

namespace holdfast::crypto {
namespace {

using Montgomery = openssl::Owned<BN_MONT_CTX, BN_MONT_CTX_free>;

/// At least as many as FIPS 186-5, table B.1, asks for at each size. For random candidates the chance of taking a
/// composite is then below 2^-118 for RSA-2048, and lower for larger keys.
constexpr int kRounds = 5;

Result<HmacDrbg> open_stream(const SecretBytes& seed, std::string_view purpose, unsigned modulus_bits) {
  // With the size: keys of two sizes from one seed must not have a part of a prime in common.
  Bytes personalisation = label(purpose);
  append_u32(personalisation, modulus_bits);
  return HmacDrbg::create(seed, personalisation);
}

Result<void> read(BIGNUM* number, const SecretBytes& bytes) {
  const auto view = bytes.expose(SecretAccess{});
  if (BN_bin2bn(view.data(), static_cast<int>(view.size()), number) == nullptr) return openssl::failure("reading");
  return {};
}

}  // namespace

Result<bool> far_apart(const BIGNUM* p, const BIGNUM* q, unsigned bits) {
  const openssl::Bignum difference = openssl::secret_bignum();
  const openssl::Bignum limit(BN_new());
  if (!difference || !limit || BN_sub(difference.get(), p, q) != 1 ||
      BN_set_bit(limit.get(), static_cast<int>(bits) - 100) != 1) {
    return openssl::failure("comparing the primes");
  }
  return BN_ucmp(difference.get(), limit.get()) > 0;
}

PrimeSearch::PrimeSearch(HmacDrbg candidates, HmacDrbg bases, unsigned bits, std::function<void()> progress)
    : candidates_(std::move(candidates)),
      bases_(std::move(bases)),
      bits_(bits),
      progress_(std::move(progress)),
      candidate_(bits / 8),
      base_(bits / 8) {}

Result<PrimeSearch> PrimeSearch::create(const SecretBytes& seed, unsigned modulus_bits,
                                        std::function<void()> progress) {
  TRY_LET(auto candidates, open_stream(seed, "rsa-candidates", modulus_bits), "open stream of candidates");
  TRY_LET(auto bases, open_stream(seed, "rsa-bases", modulus_bits), "open stream of bases");
  return PrimeSearch(std::move(candidates), std::move(bases), modulus_bits / 2, std::move(progress));
}

Result<openssl::Bignum> PrimeSearch::next(const BIGNUM* other) {
  openssl::Bignum candidate = openssl::secret_bignum();
  if (!candidate) return openssl::failure("setting up the search");
  for (;;) {
    TRY(draw_candidate(), "draw candidate");
    const auto bytes = candidate_.expose(SecretAccess{});
    if (has_small_factor(bytes) || divides(kRsaExponent, bytes, 1)) continue;
    TRY(read(candidate.get(), candidate_), "read candidate");
    if (other != nullptr) {
      TRY_LET(const bool far, far_apart(candidate.get(), other, bits_), "compare the primes");
      if (!far) continue;
    }
    if (progress_) progress_();
    TRY_LET(const bool prime, is_prime(candidate.get()), "test candidate");
    if (prime) return candidate;
  }
}

Result<void> PrimeSearch::draw_candidate() {
  const auto bytes = candidate_.expose_mutable(SecretAccess{});
  TRY(candidates_.generate(bytes), "draw bytes");
  // The product of two such numbers has all of its bits; and p - 1 is twice an odd number, which leaves one
  // exponentiation of each round of Miller-Rabin, and no loop whose length tells something about p.
  bytes.front() |= 0xc0;
  bytes.back() |= 0x03;
  return {};
}

/// Miller-Rabin for p = 3 modulo 4. Not OpenSSL's own test: its bases are random, and the number of its rounds differs
/// from version to version.
Result<bool> PrimeSearch::is_prime(const BIGNUM* candidate) {
  const openssl::BignumCtx scratch(BN_CTX_secure_new_ex(openssl::context()));
  const Montgomery montgomery(BN_MONT_CTX_new());
  const openssl::Bignum exponent = openssl::secret_bignum();
  const openssl::Bignum minus_1 = openssl::secret_bignum();
  const openssl::Bignum base = openssl::secret_bignum();
  const openssl::Bignum power = openssl::secret_bignum();
  if (!scratch || !montgomery || !exponent || !minus_1 || !base || !power ||
      BN_MONT_CTX_set(montgomery.get(), candidate, scratch.get()) != 1 ||
      BN_copy(minus_1.get(), candidate) == nullptr || BN_sub_word(minus_1.get(), 1) != 1 ||
      BN_rshift1(exponent.get(), candidate) != 1) {
    return openssl::failure("setting up the primality test");
  }
  for (int round = 0; round < kRounds; ++round) {
    TRY(draw_base(base.get(), minus_1.get()), "draw base");
    if (BN_mod_exp_mont_consttime(power.get(), base.get(), exponent.get(), candidate, scratch.get(),
                                  montgomery.get()) != 1) {
      return openssl::failure("testing a candidate");
    }
    if (BN_is_one(power.get()) != 1 && BN_cmp(power.get(), minus_1.get()) != 0) return false;
  }
  return true;
}

/// Uniform in [2, below - 1]; at most every fourth draw is out of range.
Result<void> PrimeSearch::draw_base(BIGNUM* base, const BIGNUM* below) {
  do {
    TRY(bases_.generate(base_.expose_mutable(SecretAccess{})), "draw bytes");
    TRY(read(base, base_), "read base");
  } while (BN_is_zero(base) == 1 || BN_is_one(base) == 1 || BN_cmp(base, below) >= 0);
  return {};
}

}  // namespace holdfast::crypto
