#include "crypto/kem.hpp"

#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::size_t kSharedSize = 32;

Result<openssl::PkeyCtx> context_for(const PublicKey& key) {
  const KeyRow& row = row_of(key.algorithm());
  if (row.family != Family::ml_kem) {
    return Error(ErrorCode::usage,
                 std::string(row.name) + " keys cannot encapsulate; use an ml-kem-768 or ml-kem-1024 key");
  }
  openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), key.handle().pkey.get(), nullptr));
  if (!ctx) return openssl::failure("setting up ML-KEM");
  return ctx;
}

}  // namespace

std::size_t kem_ciphertext_size(KeyAlgorithm algorithm) {
  if (algorithm == KeyAlgorithm::ml_kem_768) return 1088;
  return algorithm == KeyAlgorithm::ml_kem_1024 ? 1568 : 0;
}

Result<Encapsulation> encapsulate(const PublicKey& to) {
  TRY_LET(const auto ctx, context_for(to), "set up encapsulation");
  Encapsulation result{Bytes(kem_ciphertext_size(to.algorithm())), SecretBytes(kSharedSize)};
  const auto room = result.shared.expose_mutable(SecretAccess{});
  std::size_t ciphertext_size = result.ciphertext.size();
  std::size_t shared_size = room.size();
  if (EVP_PKEY_encapsulate_init(ctx.get(), nullptr) != 1 ||
      EVP_PKEY_encapsulate(ctx.get(), result.ciphertext.data(), &ciphertext_size, room.data(), &shared_size) != 1 ||
      ciphertext_size != result.ciphertext.size() || shared_size != room.size()) {
    return openssl::failure("ML-KEM encapsulation");
  }
  return result;
}

Result<SecretBytes> decapsulate(const PrivateKey& own, ByteView ciphertext) {
  TRY_LET(const auto ctx, context_for(own.public_key()), "set up decapsulation");
  if (const std::size_t wanted = kem_ciphertext_size(own.algorithm()); ciphertext.size() != wanted) {
    return Error(ErrorCode::malformed, "an " + std::string(row_of(own.algorithm()).openssl_name) + " ciphertext has " +
                                           std::to_string(wanted) + " bytes, and " + std::to_string(ciphertext.size()) +
                                           " were given");
  }
  SecretBytes shared(kSharedSize);
  const auto room = shared.expose_mutable(SecretAccess{});
  std::size_t size = room.size();
  if (EVP_PKEY_decapsulate_init(ctx.get(), nullptr) != 1 ||
      EVP_PKEY_decapsulate(ctx.get(), room.data(), &size, ciphertext.data(), ciphertext.size()) != 1 ||
      size != room.size()) {
    return openssl::failure("ML-KEM decapsulation");
  }
  return shared;
}

}  // namespace holdfast::crypto
