#include "crypto/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace holdfast::crypto::openssl {

namespace {

using FetchedDigest = Fetched<EVP_MD, EVP_MD_fetch>;

}  // namespace

const EVP_MD* sha256() {
  static const FetchedDigest kDigest("SHA2-256");
  return kDigest.get();
}

const EVP_MD* sha384() {
  static const FetchedDigest kDigest("SHA2-384");
  return kDigest.get();
}

const EVP_MD* sha512() {
  static const FetchedDigest kDigest("SHA2-512");
  return kDigest.get();
}

const EVP_MD* shake256() {
  static const FetchedDigest kDigest("SHAKE256");
  return kDigest.get();
}

MacCtx new_mac(const FetchedMac& mac) {
  EVP_MAC* const algorithm = mac.get();
  return MacCtx(algorithm == nullptr ? nullptr : EVP_MAC_CTX_new(algorithm));
}

Bignum secret_bignum() {
  Bignum number(BN_secure_new());
  if (number) BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

// OpenSSL only reads what is set by parameters, though it takes it as writable.
// NOLINTBEGIN(cppcoreguidelines-pro-type-const-cast)
OSSL_PARAM octets(const char* name, ByteView bytes) {
  // An empty view may have no address, which OpenSSL takes for a missing parameter.
  static std::uint8_t nothing = 0;
  return OSSL_PARAM_construct_octet_string(name, bytes.empty() ? &nothing : const_cast<std::uint8_t*>(bytes.data()),
                                           bytes.size());
}

OSSL_PARAM text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}
// NOLINTEND(cppcoreguidelines-pro-type-const-cast)

Error failure(const std::string& what, std::source_location where) {
  const auto reason = ERR_peek_last_error();
  const char* text = reason == 0 ? nullptr : ERR_reason_error_string(reason);
  ERR_clear_error();
  return {ErrorCode::internal, what + " failed" + (text == nullptr ? "" : ": " + std::string(text)), where};
}

}  // namespace holdfast::crypto::openssl
