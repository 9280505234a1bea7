#include "crypto/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace holdfast::crypto::openssl {

OSSL_LIB_CTX* context() {
  static OSSL_LIB_CTX* const kContext = OSSL_LIB_CTX_new();
  return kContext;
}

const EVP_MD* sha256() {
  static const EVP_MD* const kDigest = EVP_MD_fetch(context(), "SHA2-256", nullptr);
  return kDigest;
}

const EVP_MD* sha384() {
  static const EVP_MD* const kDigest = EVP_MD_fetch(context(), "SHA2-384", nullptr);
  return kDigest;
}

const EVP_MD* sha512() {
  static const EVP_MD* const kDigest = EVP_MD_fetch(context(), "SHA2-512", nullptr);
  return kDigest;
}

const EVP_MD* shake256() {
  static const EVP_MD* const kDigest = EVP_MD_fetch(context(), "SHAKE256", nullptr);
  return kDigest;
}

Error failure(const std::string& what, std::source_location where) {
  const auto reason = ERR_peek_last_error();
  const char* text = reason == 0 ? nullptr : ERR_reason_error_string(reason);
  ERR_clear_error();
  return {ErrorCode::internal, what + " failed" + (text == nullptr ? "" : ": " + std::string(text)), where};
}

}  // namespace holdfast::crypto::openssl
