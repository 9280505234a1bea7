// Public keys as protocols send them, without ASN.1.
#include <openssl/core_names.h>

#include <array>
#include <string>

#include "crypto/key_handle.hpp"

namespace holdfast::crypto::openssl {

Result<Bytes> encoded_public_key(const EVP_PKEY* pkey) {
  if (EVP_PKEY_is_a(pkey, "EC") != 1) return raw_public_key(pkey);
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0, &size) != 1) {
    return failure("reading the public point");
  }
  Bytes point(size);
  if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(), point.size(), &size) !=
      1) {
    return failure("reading the public point");
  }
  return point;
}

Pkey read_encoded_public_key(const KeyRow& row, ByteView bytes) {
  const std::string type(row.openssl_name);
  if (row.family != Family::ecdsa) {
    return Pkey(EVP_PKEY_new_raw_public_key_ex(context(), type.c_str(), nullptr, bytes.data(), bytes.size()));
  }
  // Uncompressed, and no other spelling of the same point.
  if (bytes.empty() || bytes.front() != POINT_CONVERSION_UNCOMPRESSED) return nullptr;
  const std::string group(row.openssl_group);
  std::array params{text(OSSL_PKEY_PARAM_GROUP_NAME, group.c_str()), octets(OSSL_PKEY_PARAM_PUB_KEY, bytes),
                    OSSL_PARAM_construct_end()};
  const PkeyCtx ctx(EVP_PKEY_CTX_new_from_name(context(), type.c_str(), nullptr));
  EVP_PKEY* pkey = nullptr;
  if (!ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
      EVP_PKEY_fromdata(ctx.get(), &pkey, EVP_PKEY_PUBLIC_KEY, params.data()) != 1) {
    return nullptr;
  }
  Pkey key(pkey);
  const PkeyCtx check(EVP_PKEY_CTX_new_from_pkey(context(), key.get(), nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? std::move(key) : nullptr;
}

}  // namespace holdfast::crypto::openssl
