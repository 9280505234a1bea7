#include "crypto/pbe_cost.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <limits>
#include <string>

#include "crypto/openssl.hpp"

namespace holdfast::crypto::openssl {
namespace {

// PBKDF2 does a million or more a second; 600 000 are recommended in 2026.
constexpr std::uint64_t kMaxIterations = 10'000'000;
// Of scrypt, in mixed blocks of 128 bytes: N * r * p. The usual N = 2^14, r = 8, p = 1 makes 2^17.
constexpr std::uint64_t kMaxScryptWork = std::uint64_t{1} << 22;
// OpenSSL's own limit, beyond which it would only say that the key does not open.
constexpr std::uint64_t kMaxScryptMemory = std::uint64_t{32} << 20;

using Pbes2 = Owned<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2 = Owned<PBKDF2PARAM, PBKDF2PARAM_free>;
using Pbe = Owned<PBEPARAM, PBEPARAM_free>;
using Scrypt = Owned<SCRYPT_PARAMS, SCRYPT_PARAMS_free>;

template <typename T>
T unpacked(const X509_ALGOR& algorithm, const ASN1_ITEM* item) {
  return T(static_cast<typename T::pointer>(ASN1_TYPE_unpack_sequence(item, algorithm.parameter)));
}

// What is negative or huge counts as huge.
std::uint64_t value_of(const ASN1_INTEGER* number) {
  std::uint64_t value = 0;
  const bool fits = ASN1_INTEGER_get_uint64(&value, number) == 1;
  return fits ? value : std::numeric_limits<std::uint64_t>::max();
}

Error too_costly(const std::string& what) {
  ERR_clear_error();
  return {ErrorCode::refused, "opening the key file would take " + what +
                                  "; where it was made, write it anew with 'openssl pkcs8 -topk8', or not encrypted"};
}

Result<void> check_iterations(const ASN1_INTEGER* iterations) {
  if (value_of(iterations) <= kMaxIterations) return {};
  return too_costly("more than the " + std::to_string(kMaxIterations) + " rounds that are done for a passphrase");
}

Result<void> check_scrypt(const SCRYPT_PARAMS& params) {
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 20;  // no factor may be that large, and no product overflows
  const auto n = std::min(value_of(params.costParameter), kBeyond);
  const auto r = std::min(value_of(params.blockSize), kBeyond);
  const auto p = std::min(value_of(params.parallelizationParameter), kBeyond);
  if (128 * r * (n + p + 2) > kMaxScryptMemory) return too_costly("more than the 32 MiB that scrypt is given");
  if (n * r * p > kMaxScryptWork) return too_costly("too much work with scrypt (N * r * p above 2^22)");
  return {};
}

}  // namespace

// What cannot be read here is left to the one who decrypts, who cannot read it either.
Result<void> check_pbe_cost(const X509_ALGOR& encryption) {
  if (OBJ_obj2nid(encryption.algorithm) != NID_pbes2) {
    const auto params = unpacked<Pbe>(encryption, ASN1_ITEM_rptr(PBEPARAM));
    return params ? check_iterations(params->iter) : Result<void>();
  }
  const auto params = unpacked<Pbes2>(encryption, ASN1_ITEM_rptr(PBE2PARAM));
  if (!params) return {};
  if (OBJ_obj2nid(params->keyfunc->algorithm) == NID_id_scrypt) {
    const auto scrypt = unpacked<Scrypt>(*params->keyfunc, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    return scrypt ? check_scrypt(*scrypt) : Result<void>();
  }
  const auto pbkdf2 = unpacked<Pbkdf2>(*params->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM));
  return pbkdf2 ? check_iterations(pbkdf2->iter) : Result<void>();
}

}  // namespace holdfast::crypto::openssl
