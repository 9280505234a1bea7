#include "crypto/certificates_only.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>

#include <string>

#include "crypto/key_handle.hpp"
#include "crypto/x509_openssl.hpp"
#include "crypto/x509_signer.hpp"

namespace holdfast::crypto {
namespace {

using Pkcs7 = openssl::Owned<PKCS7, PKCS7_free>;

Result<openssl::Certificate> decode(const Bytes& der) {
  TRY(openssl::check_der_frame(der, "a certificate"), "check DER");
  const unsigned char* at = der.data();
  openssl::Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (certificate) return certificate;
  return Error(ErrorCode::malformed, "a certificate that was to be handed out is damaged, or something else than one");
}

}  // namespace

Result<Bytes> certificates_only(std::span<const Bytes> certificates) {
  if (certificates.empty()) return Error(ErrorCode::usage, "no certificates were given to be handed out");
  const Pkcs7 wrapper(PKCS7_new());
  if (!wrapper || PKCS7_set_type(wrapper.get(), NID_pkcs7_signed) != 1) {
    return openssl::failure("wrapping certificates");
  }
  // What would be signed is data, and is left out.
  wrapper->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
  for (const Bytes& der : certificates) {
    TRY_LET(const openssl::Certificate certificate, decode(der), "read certificate");
    if (PKCS7_add_certificate(wrapper.get(), certificate.get()) != 1) {
      return openssl::failure("wrapping certificates");
    }
  }
  return openssl::to_der<i2d_PKCS7>(wrapper.get(), "the wrapped certificates");
}

}  // namespace holdfast::crypto
