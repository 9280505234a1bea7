#include "crypto/certificate_request.hpp"

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "crypto/key_handle.hpp"
#include "crypto/x509_openssl.hpp"

namespace holdfast::crypto {
namespace {

Result<openssl::Request> describe_request(const PrivateKey& key, const RequestContent& content) {
  TRY_LET(const auto subject, openssl::encode_name(content.subject), "write subject");
  openssl::Extensions extensions;
  TRY(openssl::add_names_and_uses(extensions, content.alternative_names, content.uses), "write extensions");
  openssl::Request request(X509_REQ_new_ex(openssl::context(), nullptr));
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), subject.get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.public_key().handle().pkey.get()) != 1 ||
      X509_REQ_add_extensions(request.get(), extensions.get()) != 1) {
    return openssl::failure("writing the certificate request");
  }
  return request;
}

}  // namespace

Result<std::string> make_certificate_request(const PrivateKey& key, const RequestContent& content) {
  TRY(openssl::check_signs_for_itself(key, content.uses, "a certificate request"), "check key");
  TRY_LET(const auto request, describe_request(key, content), "describe request");
  TRY_LET(const auto signature, openssl::start_signature(key, content.hash, content.rsa), "set up signature");
  if (X509_REQ_sign_ctx(request.get(), signature.get()) <= 0) return openssl::failure("signing the request");
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  if (size <= 0) return openssl::failure("writing the certificate request");
  auto pem = openssl::write_pem(PEM_STRING_X509_REQ, {der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return pem;
}

}  // namespace holdfast::crypto
