#include "crypto/secret_sharing.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <algorithm>

#include "crypto/openssl.hpp"
#include "crypto/random.hpp"

namespace holdfast::crypto {
namespace {

using openssl::Bignum;

constexpr std::size_t kCoefficientSize = 64;  // so much wider than the prime that the remainder is as good as uniform

Error failed() { return openssl::failure("computing with a shared secret"); }

// Numbers of the field. Those that are secret are flagged for constant time, and wiped.
class Field {
 public:
  static Result<Field> create() {
    Field field;
    field.context_.reset(BN_CTX_secure_new_ex(openssl::context()));
    field.prime_.reset(BN_new());
    const bool made = field.context_ && field.prime_ && BN_set_bit(field.prime_.get(), 256) == 1 &&
                      BN_add_word(field.prime_.get(), 297) == 1;
    if (!made) return failed();
    return field;
  }

  [[nodiscard]] static Result<Bignum> number(ByteView bytes) {
    auto made = openssl::secret_bignum();
    if (!made || BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), made.get()) == nullptr) return failed();
    return made;
  }
  [[nodiscard]] bool contains(const BIGNUM* number) const { return BN_ucmp(number, prime_.get()) < 0; }
  [[nodiscard]] Result<Bignum> reduced(const BIGNUM* number) const {
    auto made = openssl::secret_bignum();
    if (!made || BN_nnmod(made.get(), number, prime_.get(), context_.get()) != 1) return failed();
    return made;
  }
  // to = to * factor + summand
  [[nodiscard]] Result<void> multiply_add(BIGNUM* to, const BIGNUM* factor, const BIGNUM* summand) const {
    if (BN_mod_mul(to, to, factor, prime_.get(), context_.get()) != 1) return failed();
    if (BN_mod_add(to, to, summand, prime_.get(), context_.get()) != 1) return failed();
    return {};
  }
  // to = to + share * weight
  [[nodiscard]] Result<void> add_product(BIGNUM* to, const BIGNUM* share, const BIGNUM* weight) const {
    const auto product = openssl::secret_bignum();
    if (!product || BN_mod_mul(product.get(), share, weight, prime_.get(), context_.get()) != 1) return failed();
    if (BN_mod_add(to, to, product.get(), prime_.get(), context_.get()) != 1) return failed();
    return {};
  }
  // What the share of `index` is multiplied with, by Lagrange's formula at 0: the product of x / (x - index) over the
  // other indices x. Nothing of it is secret.
  [[nodiscard]] Result<Bignum> weight(unsigned index, std::span<const IndexedShare> shares) const {
    const Bignum above(BN_new());
    const Bignum below(BN_new());
    Bignum difference(BN_new());
    bool good = above && below && difference && BN_one(above.get()) == 1 && BN_one(below.get()) == 1;
    for (const auto& other : shares) {
      if (!good) return failed();
      if (other.index == index) continue;
      good = BN_mul_word(above.get(), other.index) == 1 && BN_set_word(difference.get(), other.index) == 1 &&
             BN_sub_word(difference.get(), index) == 1 &&
             BN_mod_mul(below.get(), below.get(), difference.get(), prime_.get(), context_.get()) == 1;
    }
    Bignum made(BN_mod_inverse(nullptr, below.get(), prime_.get(), context_.get()));
    if (!made || BN_mod_mul(made.get(), made.get(), above.get(), prime_.get(), context_.get()) != 1) return failed();
    return made;
  }

 private:
  openssl::BignumCtx context_;
  Bignum prime_;
};

Result<SecretBytes> bytes_of(const BIGNUM* number, std::size_t size) {
  SecretBytes bytes(size);
  if (BN_bn2binpad(number, bytes.expose_mutable(SecretAccess{}).data(), static_cast<int>(size)) < 0) return failed();
  return bytes;
}

Result<std::vector<Bignum>> draw_polynomial(const Field& field, const SecretBytes& secret, unsigned threshold,
                                            const FillRandom& fill) {
  std::vector<Bignum> coefficients;
  TRY_LET(auto constant, Field::number(secret.expose(SecretAccess{})), "read secret");
  coefficients.push_back(std::move(constant));
  SecretBytes wide(kCoefficientSize);
  while (coefficients.size() < threshold) {
    TRY(fill(wide.expose_mutable(SecretAccess{})), "draw coefficient");
    TRY_LET(const auto number, Field::number(wide.expose(SecretAccess{})), "read coefficient");
    TRY_LET(auto coefficient, field.reduced(number.get()), "reduce coefficient");
    coefficients.push_back(std::move(coefficient));
  }
  return coefficients;
}

// Horner's scheme at `index`.
Result<SecretBytes> evaluate(const Field& field, const std::vector<Bignum>& coefficients, unsigned index) {
  const Bignum at(BN_new());
  auto value = openssl::secret_bignum();
  if (!at || !value || BN_set_word(at.get(), index) != 1) return failed();
  BN_zero(value.get());
  for (auto coefficient = coefficients.rbegin(); coefficient != coefficients.rend(); ++coefficient) {
    TRY(field.multiply_add(value.get(), at.get(), coefficient->get()), "evaluate polynomial");
  }
  return bytes_of(value.get(), kShareSize);
}

Result<void> check_indices(std::span<const IndexedShare> shares) {
  if (shares.empty()) return Error(ErrorCode::usage, "there are no shares to combine");
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].index < 1 || shares[i].index > kMaxShares) {
      return Error(ErrorCode::usage, "shares have the numbers 1 to " + std::to_string(kMaxShares));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (shares[i].index == shares[j].index) return Error(ErrorCode::usage, "a share was given twice");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<SecretBytes>> split_secret(const SecretBytes& secret, ShareCounts counts, const FillRandom& fill) {
  if (counts.threshold < kMinThreshold || counts.threshold > counts.shares || counts.shares > kMaxShares) {
    return Error(ErrorCode::usage, "a secret is split among 2 to " + std::to_string(kMaxShares) +
                                       " shares, of which 2 or more, and at most all, give it back");
  }
  if (secret.size() != kSharedSecretSize) return Error(ErrorCode::internal, "a shared secret has 32 bytes");
  TRY_LET(const auto field, Field::create(), "make field");
  TRY_LET(const auto coefficients, draw_polynomial(field, secret, counts.threshold, fill ? fill : fill_random),
          "draw polynomial");
  std::vector<SecretBytes> shares;
  for (unsigned index = 1; index <= counts.shares; ++index) {
    TRY_LET(auto share, evaluate(field, coefficients, index), "make share");
    shares.push_back(std::move(share));
  }
  return shares;
}

Result<SecretBytes> combine_shares(std::span<const IndexedShare> shares) {
  TRY(check_indices(shares), "check shares");
  TRY_LET(const auto field, Field::create(), "make field");
  auto secret = openssl::secret_bignum();
  if (!secret) return failed();
  BN_zero(secret.get());
  for (const auto& share : shares) {
    TRY_LET(const auto value, Field::number(share.share->expose(SecretAccess{})), "read share");
    if (share.share->size() != kShareSize || !field.contains(value.get())) {
      return Error(ErrorCode::malformed, "share " + std::to_string(share.index) + " is no number of the field");
    }
    TRY_LET(const auto weight, field.weight(share.index, shares), "weigh share");
    TRY(field.add_product(secret.get(), value.get(), weight.get()), "add share");
  }
  if (BN_num_bytes(secret.get()) > static_cast<int>(kSharedSecretSize)) {
    return Error(ErrorCode::malformed, "these shares do not belong together");
  }
  return bytes_of(secret.get(), kSharedSecretSize);
}

}  // namespace holdfast::crypto
