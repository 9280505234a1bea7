#include "crypto/rsa_derive.hpp"

#include <openssl/core_names.h>

#include <array>
#include <utility>

#include "crypto/key_handle.hpp"
#include "crypto/prime_search.hpp"

namespace holdfast::crypto {
namespace {

using openssl::Bignum;
using openssl::secret_bignum;

/// What a private key consists of besides e; p > q.
struct Numbers {
  Bignum p = secret_bignum();
  Bignum q = secret_bignum();
  Bignum n = secret_bignum();
  Bignum d = secret_bignum();
  Bignum d_mod_p_minus_1 = secret_bignum();
  Bignum d_mod_q_minus_1 = secret_bignum();
  Bignum q_inverse = secret_bignum();
};

Result<void> choose_primes(PrimeSearch& search, Numbers& key) {
  TRY_LET(key.p, search.next(nullptr), "find first prime");
  TRY_LET(key.q, search.next(key.p.get()), "find second prime");
  if (BN_cmp(key.p.get(), key.q.get()) < 0) key.p.swap(key.q);
  return {};
}

/// n, d = 1/e modulo lcm(p-1, q-1), and what speeds up the use of the key.
Result<void> compute_rest(Numbers& key, const BIGNUM* e) {
  const openssl::BignumCtx scratch(BN_CTX_secure_new_ex(openssl::context()));
  const Bignum p1 = secret_bignum();
  const Bignum q1 = secret_bignum();
  const Bignum common = secret_bignum();
  const Bignum product = secret_bignum();
  const Bignum lcm = secret_bignum();
  BN_CTX* const ctx = scratch.get();
  const bool made = ctx && p1 && q1 && common && product && lcm && key.n && key.d && key.d_mod_p_minus_1 &&
                    key.d_mod_q_minus_1 && key.q_inverse;
  if (!made || BN_sub(p1.get(), key.p.get(), BN_value_one()) != 1 ||
      BN_sub(q1.get(), key.q.get(), BN_value_one()) != 1 || BN_mul(key.n.get(), key.p.get(), key.q.get(), ctx) != 1 ||
      BN_gcd(common.get(), p1.get(), q1.get(), ctx) != 1 || BN_mul(product.get(), p1.get(), q1.get(), ctx) != 1 ||
      BN_div(lcm.get(), nullptr, product.get(), common.get(), ctx) != 1 ||
      BN_mod_inverse(key.d.get(), e, lcm.get(), ctx) == nullptr ||
      BN_mod(key.d_mod_p_minus_1.get(), key.d.get(), p1.get(), ctx) != 1 ||
      BN_mod(key.d_mod_q_minus_1.get(), key.d.get(), q1.get(), ctx) != 1 ||
      BN_mod_inverse(key.q_inverse.get(), key.q.get(), key.p.get(), ctx) == nullptr) {
    return openssl::failure("computing the key");
  }
  return {};
}

// OSSL_PARAM_BLD would be shorter, but frees its copies of the secrets without wiping them.
Result<openssl::Pkey> make_rsa_key(const Numbers& key, const BIGNUM* e) {
  const std::array<std::pair<const char*, const BIGNUM*>, 8> members{{
      {OSSL_PKEY_PARAM_RSA_N, key.n.get()},
      {OSSL_PKEY_PARAM_RSA_E, e},
      {OSSL_PKEY_PARAM_RSA_D, key.d.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, key.p.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, key.q.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, key.d_mod_p_minus_1.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, key.d_mod_q_minus_1.get()},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.q_inverse.get()},
  }};
  std::array<SecretBytes, members.size()> natives;
  std::array<OSSL_PARAM, members.size() + 1> params{};
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& [name, number] = members[i];
    natives[i] = SecretBytes(static_cast<std::size_t>(BN_num_bytes(number)));
    const auto room = natives[i].expose_mutable(SecretAccess{});
    if (BN_bn2nativepad(number, room.data(), static_cast<int>(room.size())) < 0) {
      return openssl::failure("writing the key");
    }
    params[i] = OSSL_PARAM_construct_BN(name, room.data(), room.size());
  }
  params.back() = OSSL_PARAM_construct_end();
  return openssl::make_key("RSA", params);
}

}  // namespace

Result<openssl::Pkey> derive_rsa(unsigned modulus_bits, const SecretBytes& seed,
                                 const std::function<void()>& progress) {
  const Bignum e(BN_new());
  if (!e || BN_set_word(e.get(), kRsaExponent) != 1) return openssl::failure("setting up the key");
  TRY_LET(auto search, PrimeSearch::create(seed, modulus_bits, progress), "set up search");
  Numbers key;
  // FIPS 186-5, A.1.1, asks for d > 2^(bits/2); nobody will ever see a second turn.
  do {
    TRY(choose_primes(search, key), "choose primes");
    TRY(compute_rest(key, e.get()), "compute key");
  } while (BN_num_bits(key.d.get()) <= static_cast<int>(modulus_bits / 2));
  return make_rsa_key(key, e.get());
}

}  // namespace holdfast::crypto
