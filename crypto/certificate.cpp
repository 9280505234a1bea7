#include "crypto/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include "core/encoding.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/random.hpp"
#include "crypto/x509_extensions.hpp"
#include "crypto/x509_openssl.hpp"

namespace holdfast::crypto {
namespace {

using Integer = openssl::Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using BasicConstraints = openssl::Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;

constexpr std::chrono::days kMaxValidity{36'500};
constexpr std::size_t kSerialSize = 16;

Result<void> check_validity(const SelfSignedContent& content) {
  if (content.validity < std::chrono::days(1) || content.validity > kMaxValidity) {
    return Error(ErrorCode::usage, "a certificate is valid for 1 to 36500 days, and " +
                                       std::to_string(content.validity.count()) + " were given");
  }
  // Certificates write four digits of the year (RFC 5280, 4.1.2.5); before 1970 the clock is wrong.
  const Timestamp latest = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);
  if (content.now >= Timestamp() && content.now <= latest - content.validity) return {};
  return Error(ErrorCode::usage, "a certificate can be valid from 1970 to 9999, and not from " +
                                     format_rfc3339(content.now) + "; check the clock");
}

Result<void> set_serial(X509* certificate) {
  TRY_LET(const Bytes bytes, random_bytes(kSerialSize), "draw serial number");
  const openssl::Bignum number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  const Integer serial(number ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr);
  if (!serial || X509_set_serialNumber(certificate, serial.get()) != 1) {
    return openssl::failure("writing the serial number");
  }
  return {};
}

Result<openssl::Extensions> describe_extensions(const X509* certificate, const SelfSignedContent& content) {
  using openssl::Critical;
  openssl::Extensions extensions;
  const BasicConstraints no_authority(BASIC_CONSTRAINTS_new());
  if (!no_authority) return openssl::failure("writing an extension");
  TRY(openssl::add_extension(extensions, NID_basic_constraints, no_authority.get(), Critical::yes), "add constraints");
  TRY(openssl::add_names_and_uses(extensions, content.alternative_names, content.uses), "add names and uses");
  TRY(openssl::add_key_identifiers(extensions, certificate, nullptr), "add key identifiers");
  return extensions;
}

Result<openssl::Certificate> describe_certificate(const PrivateKey& key, const SelfSignedContent& content) {
  TRY_LET(const auto subject, openssl::encode_name(content.subject), "write subject");
  openssl::Certificate certificate(X509_new_ex(openssl::context(), nullptr));
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_subject_name(certificate.get(), subject.get()) != 1 ||
      X509_set_issuer_name(certificate.get(), subject.get()) != 1 ||
      X509_set_pubkey(certificate.get(), key.public_key().handle().pkey.get()) != 1) {
    return openssl::failure("writing the certificate");
  }
  TRY(set_serial(certificate.get()), "set serial number");
  TRY(openssl::set_validity(certificate.get(), content.now, content.now + content.validity), "set validity");
  TRY_LET(const auto extensions, describe_extensions(certificate.get(), content), "write extensions");
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions.get()); ++i) {
    if (X509_add_ext(certificate.get(), sk_X509_EXTENSION_value(extensions.get(), i), -1) != 1) {
      return openssl::failure("writing an extension");
    }
  }
  return certificate;
}

}  // namespace

Result<CertificateChain> make_self_signed(const PrivateKey& key, const SelfSignedContent& content) {
  TRY(openssl::check_signs_for_itself(key, content.uses, "a self-signed certificate"), "check key");
  TRY(check_validity(content), "check validity");
  TRY_LET(const auto certificate, describe_certificate(key, content), "describe certificate");
  TRY_LET(const auto signature, openssl::start_signature(key, content.hash, content.rsa), "set up signature");
  if (X509_sign_ctx(certificate.get(), signature.get()) <= 0) return openssl::failure("signing the certificate");
  unsigned char* out = nullptr;
  const int size = i2d_X509(certificate.get(), &out);
  if (size <= 0) return openssl::failure("writing the certificate");
  const Bytes der(out, out + size);
  OPENSSL_free(out);
  return CertificateChain::parse(der);
}

Result<std::string> CertificateChain::to_pem() const {
  std::string text;
  for (const Bytes& der : certificates_) {
    TRY_LET(const std::string block, openssl::write_pem(PEM_STRING_X509, der), "write PEM");
    text += block;
  }
  return text;
}

Result<void> check_belongs_to(const CertificateChain& chain, const PublicKey& key) {
  constexpr std::size_t kShown = 8;
  TRY_LET(const Bytes certified, chain.leaf_key().fingerprint(), "take fingerprint");
  TRY_LET(const Bytes own, key.fingerprint(), "take fingerprint");
  if (certified == own) return {};
  const auto shown = [](const Bytes& fingerprint) { return to_hex(ByteView(fingerprint).first(kShown)) + "…"; };
  return Error(ErrorCode::refused, "the first certificate is for the key " + shown(certified) + ", and this key is " +
                                       shown(own) + "; give the certificate that was issued for this key");
}

}  // namespace holdfast::crypto
