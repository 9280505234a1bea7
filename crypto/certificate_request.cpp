#include "crypto/certificate_request.hpp"

#include <openssl/pem.h>

#include "crypto/key_handle.hpp"
#include "crypto/x509_extensions.hpp"
#include "crypto/x509_openssl.hpp"
#include "crypto/x509_signer.hpp"

namespace holdfast::crypto {
namespace {

using Algorithm = openssl::Owned<X509_ALGOR, X509_ALGOR_free>;

Result<openssl::Request> describe_request(const PublicKey& key, const DistinguishedName& name,
                                          const openssl::Extensions& extensions) {
  TRY_LET(const auto subject, openssl::encode_name(name), "write subject");
  openssl::Request request(X509_REQ_new_ex(openssl::context(), nullptr));
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), subject.get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.handle().pkey.get()) != 1 ||
      X509_REQ_add_extensions(request.get(), extensions.get()) != 1) {
    return openssl::failure("writing the certificate request");
  }
  return request;
}

Result<std::string> to_pem(X509_REQ* request) {
  TRY_LET(const Bytes der, openssl::to_der<i2d_X509_REQ>(request, "the certificate request"), "write request");
  return openssl::write_pem(PEM_STRING_X509_REQ, der);
}

}  // namespace

Result<std::string> make_certificate_request(const PrivateKey& key, const RequestContent& content) {
  TRY(openssl::check_signs_for_itself(key, content.uses, "a certificate request"), "check key");
  openssl::Extensions extensions;
  TRY(openssl::add_names_and_uses(extensions, content.alternative_names, content.uses), "write extensions");
  TRY_LET(const auto request, describe_request(key.public_key(), content.subject, extensions), "describe request");
  TRY_LET(const auto signature, openssl::start_signature(key, content.hash, content.rsa), "set up signature");
  if (X509_REQ_sign_ctx(request.get(), signature.get()) <= 0) return openssl::failure("signing the request");
  return to_pem(request.get());
}

Result<std::string> make_authority_request(const CertificateSigner& signer, const DistinguishedName& subject) {
  openssl::Extensions extensions;
  TRY(openssl::add_profile(extensions, CertificateProfile::issuing_ca, {}, bit(KeyUse::sign)), "write extensions");
  const Algorithm algorithm(X509_ALGOR_new());
  if (!algorithm) return openssl::failure("writing the certificate request");
  TRY(openssl::set_algorithm(algorithm.get(), signer), "name the algorithm");
  TRY_LET(const auto request, describe_request(signer.key, subject, extensions), "describe request");
  TRY_LET(const Bytes content, openssl::to_der<i2d_re_X509_REQ_tbs>(request.get(), "the request"), "write content");
  TRY_LET(auto signature, openssl::make_signature(signer, content), "sign");
  if (X509_REQ_set1_signature_algo(request.get(), algorithm.get()) != 1) {
    return openssl::failure("signing the request");
  }
  X509_REQ_set0_signature(request.get(), signature.release());
  return to_pem(request.get());
}

}  // namespace holdfast::crypto
