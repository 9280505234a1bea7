#include "crypto/rsa_oaep.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/digest.hpp"
#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

using Init = int (*)(EVP_PKEY_CTX*, const OSSL_PARAM*);

std::size_t modulus_size(KeyAlgorithm algorithm) { return row_of(algorithm).modulus_bits / 8; }

Result<openssl::PkeyCtx> set_up(const PublicKey& key, const OaepScheme& scheme, Init init) {
  const KeyRow& row = row_of(key.algorithm());
  if (row.family != Family::rsa) {
    return Error(ErrorCode::usage, std::string(row.name) + " keys cannot encrypt with OAEP; use an RSA key");
  }
  openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), key.handle().pkey.get(), nullptr));
  const char* const digest = EVP_MD_get0_name(openssl::digest(scheme.hash));
  const std::array params{openssl::text(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, OSSL_PKEY_RSA_PAD_MODE_OAEP),
                          openssl::text(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, digest),
                          openssl::text(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, digest),
                          openssl::octets(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, scheme.label), OSSL_PARAM_construct_end()};
  if (!ctx || init(ctx.get(), params.data()) != 1) return openssl::failure("setting up OAEP");
  return ctx;
}

}  // namespace

std::size_t oaep_capacity(KeyAlgorithm algorithm, HashAlgorithm hash) {
  const std::size_t size = modulus_size(algorithm);
  return size == 0 ? 0 : size - 2 * digest_size(hash) - 2;
}

Result<Bytes> oaep_encrypt(const PublicKey& to, const OaepScheme& scheme, const SecretBytes& plaintext) {
  TRY_LET(const auto ctx, set_up(to, scheme, EVP_PKEY_encrypt_init_ex), "set up encryption");
  if (const std::size_t most = oaep_capacity(to.algorithm(), scheme.hash); plaintext.size() > most) {
    return Error(ErrorCode::usage, std::string(row_of(to.algorithm()).name) + " with " +
                                       std::string(name_of(scheme.hash)) + " encrypts at most " + std::to_string(most) +
                                       " bytes, and " + std::to_string(plaintext.size()) +
                                       " were given; encrypt a key instead, and the data under it");
  }
  // An empty secret has no address, which OpenSSL would refuse.
  static constexpr std::uint8_t kNothing = 0;
  const ByteView bytes = plaintext.expose(SecretAccess{});
  Bytes ciphertext(modulus_size(to.algorithm()));
  std::size_t size = ciphertext.size();
  if (EVP_PKEY_encrypt(ctx.get(), ciphertext.data(), &size, bytes.empty() ? &kNothing : bytes.data(), bytes.size()) !=
          1 ||
      size != ciphertext.size()) {
    return openssl::failure("OAEP encryption");
  }
  return ciphertext;
}

Result<SecretBytes> oaep_decrypt(const PrivateKey& own, const OaepScheme& scheme, ByteView ciphertext) {
  TRY_LET(const auto ctx, set_up(own.public_key(), scheme, EVP_PKEY_decrypt_init_ex), "set up decryption");
  const std::size_t modulus = modulus_size(own.algorithm());
  if (ciphertext.size() != modulus) {
    return Error(ErrorCode::malformed, "an " + std::string(row_of(own.algorithm()).name) + " ciphertext has " +
                                           std::to_string(modulus) + " bytes, and " +
                                           std::to_string(ciphertext.size()) + " were given");
  }
  // OpenSSL wants room for a whole modulus, whatever will be inside.
  SecretBytes room(modulus);
  std::size_t size = modulus;
  if (EVP_PKEY_decrypt(ctx.get(), room.expose_mutable(SecretAccess{}).data(), &size, ciphertext.data(),
                       ciphertext.size()) == 1) {
    return SecretBytes::copy_of(room.expose(SecretAccess{}).first(size));
  }
  ERR_clear_error();
  return Error(ErrorCode::malformed,
               "the ciphertext does not decrypt: it was altered, or belongs to another key, hash or label");
}

}  // namespace holdfast::crypto
