#include "crypto/certificate_issue.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "crypto/certificate.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/x509_extensions.hpp"
#include "crypto/x509_openssl.hpp"
#include "crypto/x509_signer.hpp"

namespace holdfast::crypto {
namespace {

bool is_authority(CertificateProfile profile) {
  return profile == CertificateProfile::root || profile == CertificateProfile::issuing_ca;
}

Result<void> check_key(const CertificateContent& content) {
  const KeyRow& row = row_of(content.key.algorithm());
  const std::string name(row.name);
  if (!can(row, KeyUse::sign)) {
    return Error(ErrorCode::usage, "a certificate here is for a key that signs, and " + name +
                                       " keys cannot; use one of: " + list_signature_algorithms());
  }
  const KeyUses known = bit(KeyUse::sign) | (row.family == Family::rsa ? bit(KeyUse::decrypt) : KeyUses{0});
  const KeyUses allowed = is_authority(content.profile) ? bit(KeyUse::sign) : known;
  if ((content.uses & bit(KeyUse::sign)) != 0 && (content.uses & ~allowed) == 0) return {};
  return Error(ErrorCode::usage, "a certificate for a key of " + name +
                                     (allowed == bit(KeyUse::sign) ? " is for 'sign' and nothing else"
                                                                   : " is for 'sign', or for 'sign' and 'decrypt'"));
}

Result<void> check_names(const CertificateContent& content) {
  if (is_authority(content.profile) && !content.alternative_names.empty()) {
    return Error(ErrorCode::usage, "the certificate of an authority takes no alternative names; leave them out");
  }
  const auto reachable = [](const SubjectAlternativeName& name) {
    return name.kind() == AlternativeNameKind::dns || name.kind() == AlternativeNameKind::ip;
  };
  if (content.profile == CertificateProfile::server && std::ranges::none_of(content.alternative_names, reachable)) {
    return Error(ErrorCode::usage,
                 "a server's certificate needs the DNS name or the address under which it is reached; add DNS:NAME or "
                 "IP:ADDRESS to the alternative names");
  }
  return {};
}

Result<void> set_serial(X509* certificate, const SerialNumber& serial) {
  const auto& bytes = serial.bytes();
  const openssl::Bignum number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  if (!number || BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return openssl::failure("writing the serial number");
  }
  return {};
}

/// Who issues: nobody else than the subject where a certificate is a root's.
struct Issuer {
  const X509_NAME* name = nullptr;
  const ASN1_OCTET_STRING* key_identifier = nullptr;
};

Result<openssl::Certificate> describe(const CertificateContent& content, const Issuer& issuer) {
  TRY_LET(const auto subject, openssl::encode_name(content.subject), "write subject");
  openssl::Certificate certificate(X509_new_ex(openssl::context(), nullptr));
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_subject_name(certificate.get(), subject.get()) != 1 ||
      X509_set_issuer_name(certificate.get(), issuer.name == nullptr ? subject.get() : issuer.name) != 1) {
    return openssl::failure("writing the certificate");
  }
  TRY(openssl::set_key(X509_get_X509_PUBKEY(certificate.get()), content.key), "set public key");
  TRY(set_serial(certificate.get(), content.serial), "set serial number");
  TRY(openssl::set_validity(certificate.get(), content.not_before, content.not_after), "set validity");
  openssl::Extensions extensions;
  TRY(openssl::add_profile(extensions, content.profile, content.alternative_names, content.uses), "add profile");
  TRY(openssl::add_key_identifiers(extensions, certificate.get(), issuer.key_identifier), "add key identifiers");
  TRY(openssl::add_links(extensions, content.links), "add links");
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions.get()); ++i) {
    if (X509_add_ext(certificate.get(), sk_X509_EXTENSION_value(extensions.get(), i), -1) != 1) {
      return openssl::failure("writing an extension");
    }
  }
  return certificate;
}

Result<Bytes> sign_certificate(X509* certificate, const CertificateSigner& signer) {
  const ASN1_BIT_STRING* signature = nullptr;
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(&signature, &outer, certificate);
  // OpenSSL writes these itself when it has the private key, and has no other function that sets them.
  // NOLINTBEGIN(cppcoreguidelines-pro-type-const-cast)
  auto* const inner = const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(certificate));
  TRY(openssl::set_algorithm(inner, signer), "name the algorithm");
  TRY(openssl::set_algorithm(const_cast<X509_ALGOR*>(outer), signer), "name the algorithm");
  TRY_LET(const Bytes signed_part, openssl::to_der<i2d_re_X509_tbs>(certificate, "the certificate"), "write content");
  TRY(openssl::set_signature(const_cast<ASN1_BIT_STRING*>(signature), signer, signed_part), "sign");
  // NOLINTEND(cppcoreguidelines-pro-type-const-cast)
  return openssl::to_der<i2d_X509>(certificate, "the certificate");
}

Result<Bytes> issue_for(const CertificateSigner& signer, const CertificateContent& content, const Issuer& issuer) {
  TRY(check_key(content), "check key");
  TRY(check_names(content), "check names");
  TRY_LET(const auto certificate, describe(content, issuer), "describe certificate");
  return sign_certificate(certificate.get(), signer);
}

Error not_an_authority(const std::string& subject, const std::string& why) {
  return {ErrorCode::refused, "the certificate of '" + subject + "' is not one of an authority: " + why};
}

Result<void> check_authority(X509* certificate, const std::string& subject) {
  constexpr int kWithConstraints = 1;  // of version 3, and not merely tolerated
  if (X509_check_ca(certificate) != kWithConstraints) {
    return not_an_authority(subject, "its basicConstraints do not say CA:TRUE");
  }
  if ((X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0) {
    return not_an_authority(subject, "its keyUsage does not have keyCertSign");
  }
  if (X509_get0_subject_key_id(certificate) == nullptr) {
    return not_an_authority(subject, "it has no subjectKeyIdentifier, which those that it issues would name");
  }
  return {};
}

}  // namespace

struct CertificateIssuer::State {
  openssl::Certificate certificate;
  CertificateSigner signer;
  CertificateFacts facts;
};

Result<Bytes> issue_root(const CertificateSigner& signer, const CertificateContent& content) {
  if (content.profile != CertificateProfile::root) {
    return Error(ErrorCode::usage, "an authority that certifies itself has the profile of a root");
  }
  if (EVP_PKEY_eq(signer.key.handle().pkey.get(), content.key.handle().pkey.get()) != 1) {
    ERR_clear_error();
    return Error(ErrorCode::usage, "a root's certificate is signed by its own key, and another one was given");
  }
  return issue_for(signer, content, {});
}

Result<CertificateIssuer> CertificateIssuer::create(ByteView certificate, CertificateSigner signer) {
  TRY_LET(const CertificateChain chain, CertificateChain::parse(certificate), "read the issuer's certificate");
  TRY(check_belongs_to(chain, signer.key), "match certificate and key");
  const Bytes& der = chain.certificates().front();
  const unsigned char* at = der.data();
  openssl::Certificate object(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!object) return openssl::failure("reading the issuer's certificate");
  TRY(check_authority(object.get(), chain.leaf().subject), "check authority");
  ERR_clear_error();
  return CertificateIssuer(std::make_shared<const State>(State{std::move(object), std::move(signer), chain.leaf()}));
}

Result<Bytes> CertificateIssuer::issue(const CertificateContent& content) const {
  if (content.profile == CertificateProfile::root) {
    return Error(ErrorCode::usage, "a root is certified by itself, and not by another authority");
  }
  X509* const certificate = state_->certificate.get();
  if (content.profile == CertificateProfile::issuing_ca && X509_get_pathlen(certificate) == 0) {
    return Error(ErrorCode::refused,
                 "'" + state_->facts.subject + "' may not certify other authorities; let the authority above it do so");
  }
  return issue_for(state_->signer, content,
                   {X509_get_subject_name(certificate), X509_get0_subject_key_id(certificate)});
}

const PublicKey& CertificateIssuer::key() const { return state_->signer.key; }
Timestamp CertificateIssuer::not_before() const { return state_->facts.not_before; }
Timestamp CertificateIssuer::not_after() const { return state_->facts.not_after; }

}  // namespace holdfast::crypto
