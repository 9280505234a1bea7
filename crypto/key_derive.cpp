// Private keys from uniformly random bytes: the same key for the same bytes, for ever.
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>

#include <array>
#include <span>

#include "crypto/key_handle.hpp"
#include "crypto/rsa_derive.hpp"

namespace holdfast::crypto {
namespace {

using Group = openssl::Owned<EC_GROUP, EC_GROUP_free>;
using Point = openssl::Owned<EC_POINT, EC_POINT_clear_free>;

/// d = (c mod (n-1)) + 1, where c is the leftmost (bits of n) + 64 bits of `uniform` (FIPS 186-5, A.2.1).
Result<openssl::Bignum> ecdsa_scalar(const EC_GROUP* group, ByteView uniform, BN_CTX* scratch) {
  const openssl::Bignum c = openssl::secret_bignum();
  openssl::Bignum d = openssl::secret_bignum();
  const openssl::Bignum n_minus_1(BN_dup(EC_GROUP_get0_order(group)));
  if (!c || !d || !n_minus_1) return openssl::failure("deriving the key");
  const int surplus_bits = static_cast<int>(uniform.size() * 8) - (EC_GROUP_order_bits(group) + 64);
  if (BN_bin2bn(uniform.data(), static_cast<int>(uniform.size()), c.get()) == nullptr ||
      BN_rshift(c.get(), c.get(), surplus_bits) != 1 || BN_sub_word(n_minus_1.get(), 1) != 1 ||
      BN_mod(d.get(), c.get(), n_minus_1.get(), scratch) != 1 || BN_add_word(d.get(), 1) != 1) {
    return openssl::failure("deriving the key");
  }
  return d;
}

Result<Bytes> public_point(const EC_GROUP* group, const BIGNUM* d, BN_CTX* scratch) {
  const Point point(EC_POINT_new(group));
  if (!point || EC_POINT_mul(group, point.get(), d, nullptr, nullptr, scratch) != 1) {
    return openssl::failure("deriving the public key");
  }
  Bytes bytes(EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, nullptr, 0, scratch));
  if (bytes.empty() || EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(),
                                          scratch) != bytes.size()) {
    return openssl::failure("deriving the public key");
  }
  return bytes;
}

Result<openssl::Pkey> derive_ecdsa(const KeyRow& row, ByteView uniform) {
  const openssl::BignumCtx scratch(BN_CTX_secure_new_ex(openssl::context()));
  const Group group(
      EC_GROUP_new_by_curve_name_ex(openssl::context(), nullptr, OBJ_txt2nid(std::string(row.oid).c_str())));
  if (!scratch || !group) return openssl::failure("setting up the curve");
  TRY_LET(const openssl::Bignum d, ecdsa_scalar(group.get(), uniform, scratch.get()), "derive scalar");
  TRY_LET(const Bytes point, public_point(group.get(), d.get(), scratch.get()), "derive public key");
  // OSSL_PARAM_BLD would be shorter, but frees its copy of the scalar without wiping it.
  SecretBytes native(static_cast<std::size_t>(EC_GROUP_order_bits(group.get()) + 7) / 8);
  const auto room = native.expose_mutable(SecretAccess{});
  if (BN_bn2nativepad(d.get(), room.data(), static_cast<int>(room.size())) < 0)
    return openssl::failure("deriving the key");
  const std::string name(row.openssl_group);
  std::array params{
      openssl::text(OSSL_PKEY_PARAM_GROUP_NAME, name.c_str()), openssl::octets(OSSL_PKEY_PARAM_PUB_KEY, point),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, room.data(), room.size()), OSSL_PARAM_construct_end()};
  TRY_LET(openssl::Pkey pkey, openssl::make_key("EC", params), "make key");
  // The arithmetic above is libcrypto's own; the module vouches for the pair.
  const openssl::PkeyCtx check(EVP_PKEY_CTX_new_from_pkey(openssl::context(), pkey.get(), nullptr));
  const bool checked = current_module() == Module::standard || (check && EVP_PKEY_pairwise_check(check.get()) == 1);
  if (!checked) return openssl::failure("checking the derived key");
  return pkey;
}

Result<openssl::Pkey> key_from_raw(const KeyRow& row, ByteView bytes) {
  const std::string type(row.openssl_name);
  openssl::Pkey pkey(
      EVP_PKEY_new_raw_private_key_ex(openssl::context(), type.c_str(), nullptr, bytes.data(), bytes.size()));
  if (!pkey) return openssl::failure("deriving the key");
  return pkey;
}

Result<openssl::Pkey> derive_pkey(const KeyRow& row, const SecretBytes& uniform,
                                  const std::function<void()>& progress) {
  const auto bytes = uniform.expose(SecretAccess{});
  switch (row.family) {
    case Family::rsa: return derive_rsa(row.modulus_bits, uniform, progress);
    case Family::ecdsa: return derive_ecdsa(row, bytes);
    case Family::ed25519:
    case Family::x25519: return key_from_raw(row, bytes);
    case Family::ml_dsa:
    case Family::ml_kem: return openssl::key_from_seed(std::string(row.openssl_name), bytes);
    case Family::hybrid_kem:
    case Family::aes: break;
  }
  return Error(ErrorCode::usage, "no " + std::string(row.name) + " key pair can be derived");
}

}  // namespace

namespace openssl {

Result<Pkey> make_key(const std::string& type, std::span<OSSL_PARAM> params) {
  const PkeyCtx ctx(EVP_PKEY_CTX_new_from_name(context(), type.c_str(), nullptr));
  EVP_PKEY* pkey = nullptr;
  if (!ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
      EVP_PKEY_fromdata(ctx.get(), &pkey, EVP_PKEY_KEYPAIR, params.data()) != 1) {
    return failure("making the key");
  }
  return Pkey(pkey);
}

Result<Pkey> key_from_seed(const std::string& type, ByteView seed) {
  // OpenSSL has one name for the seeds of both ML-DSA and ML-KEM.
  static_assert(std::string_view(OSSL_PKEY_PARAM_ML_DSA_SEED) == OSSL_PKEY_PARAM_ML_KEM_SEED);
  std::array params{octets(OSSL_PKEY_PARAM_ML_DSA_SEED, seed), OSSL_PARAM_construct_end()};
  return make_key(type, params);
}

}  // namespace openssl

Result<PrivateKey> PrivateKey::derive(KeyAlgorithm algorithm, const SecretBytes& uniform,
                                      const std::function<void()>& progress) {
  const KeyRow& row = row_of(algorithm);
  if (uniform.size() != row.derivation_size) {
    return Error(ErrorCode::usage, std::string(row.name) + " keys are derived from " +
                                       std::to_string(row.derivation_size) + " bytes, and " +
                                       std::to_string(uniform.size()) + " were given");
  }
  TRY_LET(openssl::Pkey pkey, derive_pkey(row, uniform, progress), "derive key");
  TRY_LET(PublicKey key, openssl::adopt(std::move(pkey)), "take in the derived key");
  return PrivateKey(std::move(key));
}

}  // namespace holdfast::crypto
