#include "crypto/kdf.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

#include <algorithm>
#include <array>
#include <new>

#include "core/encoding.hpp"
#include "crypto/openssl.hpp"

namespace holdfast::crypto {
namespace {

// How OpenSSL says that it could not have the memory of parameters within bounds.
bool lacks_memory() {
  const auto error = ERR_peek_last_error();
  const auto reason = ERR_GET_REASON(error);
  const bool lacks = ERR_GET_LIB(error) == ERR_LIB_PROV && reason == PROV_R_INVALID_MEMORY_SIZE;
  if (lacks) ERR_clear_error();
  return lacks || reason == ERR_R_MALLOC_FAILURE;
}

}  // namespace

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
  static const openssl::FetchedKdf kHkdf("HKDF");
  const openssl::KdfCtx ctx(EVP_KDF_CTX_new(kHkdf.get()));
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
  static const openssl::FetchedKdf kArgon2id("ARGON2ID");
  const openssl::KdfCtx ctx(EVP_KDF_CTX_new(kArgon2id.get()));
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
    if (lacks_memory()) throw std::bad_alloc();
    return openssl::failure("Argon2id");
  }
  return output;
}

Result<void> check_bounds(const Pbkdf2Params& params) {
  if (params.iterations >= 250'000 && params.iterations <= 10'000'000) return {};
  return Error(ErrorCode::malformed, "the PBKDF2 iteration count is out of bounds (250,000 to 10,000,000)");
}

Result<SecretBytes> pbkdf2(const SecretBytes& input, ByteView salt, const Pbkdf2Params& params) {
  TRY(check_bounds(params), "check PBKDF2 parameters");
  if (input.size() < kMinPbkdf2Input) {
    return Error(ErrorCode::usage, "PBKDF2 takes at least " + std::to_string(kMinPbkdf2Input) + " bytes, and " +
                                       std::to_string(input.size()) + " were given");
  }
  static const openssl::FetchedKdf kPbkdf2("PBKDF2");
  const openssl::KdfCtx ctx(EVP_KDF_CTX_new(kPbkdf2.get()));
  Pbkdf2Params costs = params;
  int limits = 0;  // SP 800-132's lower limits are checked
  const std::array settings{openssl::text(OSSL_KDF_PARAM_DIGEST, "SHA2-512"),
                            openssl::octets(OSSL_KDF_PARAM_PASSWORD, input.expose(SecretAccess{})),
                            openssl::octets(OSSL_KDF_PARAM_SALT, salt),
                            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &costs.iterations),
                            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &limits),
                            OSSL_PARAM_construct_end()};
  SecretBytes output(32);
  const auto room = output.expose_mutable(SecretAccess{});
  if (!ctx || EVP_KDF_derive(ctx.get(), room.data(), room.size(), settings.data()) != 1) {
    return openssl::failure("PBKDF2");
  }
  return output;
}

StretchCosts stretch_costs(StretchPreset preset) {
  const bool strong = preset == StretchPreset::strong;
  if (current_module() == Module::fips) return strong ? kPbkdf2Strong : kPbkdf2Standard;
  return strong ? kArgon2Strong : kArgon2Standard;
}

bool is_long_enough(const SecretBytes& input, const StretchCosts& costs) {
  return std::holds_alternative<Argon2Params>(costs) || input.size() >= kMinPbkdf2Input;
}

Result<SecretBytes> stretch(const SecretBytes& input, ByteView salt, const StretchCosts& costs) {
  if (const auto* const argon2 = std::get_if<Argon2Params>(&costs)) return argon2id(input, salt, *argon2);
  return pbkdf2(input, salt, std::get<Pbkdf2Params>(costs));
}

}  // namespace holdfast::crypto
