#include "crypto/kdf.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "crypto/openssl.hpp"

namespace holdfast::crypto {
Bytes label(std::string_view purpose) {
  Bytes bytes;
  append(bytes, as_bytes("holdfast/v1/"));
  append(bytes, as_bytes(purpose));
  return bytes;
}

SecretBytes join_secrets(std::span<const ByteView> fields) {
  std::size_t size = 0;
  for (const auto field : fields) size += 4 + field.size();
  SecretBytes joined(size);
  auto room = joined.expose_mutable(SecretAccess{});
  for (const auto field : fields) {
    Bytes length;
    append_u32(length, static_cast<std::uint32_t>(field.size()));
    std::ranges::copy(length, room.begin());
    std::ranges::copy(field, room.begin() + 4);
    room = room.subspan(4 + field.size());
  }
  return joined;
}

Result<SecretBytes> hkdf(const SecretBytes& input, ByteView salt, ByteView info, std::size_t size) {
  static EVP_KDF* const kHkdf = EVP_KDF_fetch(openssl::context(), "HKDF", nullptr);
  const openssl::KdfCtx ctx(EVP_KDF_CTX_new(kHkdf));
  const std::array params{openssl::text(OSSL_KDF_PARAM_DIGEST, "SHA2-512"),
                          openssl::octets(OSSL_KDF_PARAM_KEY, input.expose(SecretAccess{})),
                          openssl::octets(OSSL_KDF_PARAM_SALT, salt), openssl::octets(OSSL_KDF_PARAM_INFO, info),
                          OSSL_PARAM_construct_end()};
  SecretBytes output(size);
  const auto room = output.expose_mutable(SecretAccess{});
  if (!ctx || EVP_KDF_derive(ctx.get(), room.data(), room.size(), params.data()) != 1) return openssl::failure("HKDF");
  return output;
}

Result<void> check_bounds(const Argon2Params& params) {
  const bool fine = params.memory_kib >= 19 * 1024 && params.memory_kib <= 1024 * 1024 && params.passes >= 2 &&
                    params.passes <= 16 && params.lanes >= 1 && params.lanes <= 4;
  if (fine) return {};
  return Error(ErrorCode::malformed,
               "Argon2id parameters are out of bounds (19 MiB to 1 GiB, 2 to 16 passes, 1 to 4 lanes)");
}

Result<SecretBytes> argon2id(const SecretBytes& input, ByteView salt, const Argon2Params& params) {
  TRY(check_bounds(params), "check Argon2id parameters");
  static EVP_KDF* const kArgon2id = EVP_KDF_fetch(openssl::context(), "ARGON2ID", nullptr);
  const openssl::KdfCtx ctx(EVP_KDF_CTX_new(kArgon2id));
  Argon2Params costs = params;
  const std::array settings{openssl::octets(OSSL_KDF_PARAM_PASSWORD, input.expose(SecretAccess{})),
                            openssl::octets(OSSL_KDF_PARAM_SALT, salt),
                            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &costs.memory_kib),
                            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &costs.passes),
                            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &costs.lanes),
                            OSSL_PARAM_construct_end()};
  SecretBytes output(32);
  const auto room = output.expose_mutable(SecretAccess{});
  if (!ctx || EVP_KDF_derive(ctx.get(), room.data(), room.size(), settings.data()) != 1) {
    return openssl::failure("Argon2id");
  }
  return output;
}

}  // namespace holdfast::crypto
