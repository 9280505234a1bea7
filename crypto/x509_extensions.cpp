#include "crypto/x509_extensions.hpp"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include "crypto/hash.hpp"

namespace holdfast::crypto::openssl {
namespace {

using BasicConstraints = Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using AuthorityKeyId = Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using BitString = Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using ExtendedUsage = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using Time = Owned<ASN1_TIME, ASN1_TIME_free>;
using GeneralName = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using CrlPoints = Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using CrlPoint = Owned<DIST_POINT, DIST_POINT_free>;
using InfoAccess = Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using AccessDescription = Owned<ACCESS_DESCRIPTION, ACCESS_DESCRIPTION_free>;

/// Gives what `object` holds to a stack of OpenSSL's, which frees it from then on.
template <auto Push, typename Stack, typename T>
bool push(Stack* to, T& object) {
  if (!object || Push(to, object.get()) <= 0) return false;
  [[maybe_unused]] const auto* const in_stack = object.release();
  return true;
}

int push_name(GENERAL_NAMES* to, GENERAL_NAME* name) { return sk_GENERAL_NAME_push(to, name); }
int push_point(CRL_DIST_POINTS* to, DIST_POINT* point) { return sk_DIST_POINT_push(to, point); }
int push_access(AUTHORITY_INFO_ACCESS* to, ACCESS_DESCRIPTION* access) {
  return sk_ACCESS_DESCRIPTION_push(to, access);
}

Result<GeneralName> encode_url(const std::string& url, const std::string& what) {
  const auto parsed = SubjectAlternativeName::parse("URI:" + url);
  if (!parsed.ok()) return Error(ErrorCode::usage, what + ": " + parsed.error().message());
  GeneralName name(GENERAL_NAME_new());
  ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
  if (name && value != nullptr && ASN1_STRING_set(value, url.data(), static_cast<int>(url.size())) == 1) {
    GENERAL_NAME_set0_value(name.get(), GEN_URI, value);
    return name;
  }
  ASN1_IA5STRING_free(value);
  return failure("writing a URL");
}

Result<void> add_crl(Extensions& to, const std::string& url) {
  if (url.empty()) return {};
  TRY_LET(GeneralName name, encode_url(url, "the URL of the revocation list"), "write URL");
  const CrlPoints points(CRL_DIST_POINTS_new());
  CrlPoint point(DIST_POINT_new());
  if (!points || !point || (point->distpoint = DIST_POINT_NAME_new()) == nullptr ||
      (point->distpoint->name.fullname = GENERAL_NAMES_new()) == nullptr) {
    return failure("writing the place of the revocation list");
  }
  point->distpoint->type = 0;  // fullName
  if (!push<push_name>(point->distpoint->name.fullname, name) || !push<push_point>(points.get(), point)) {
    return failure("writing the place of the revocation list");
  }
  return add_extension(to, NID_crl_distribution_points, points.get(), Critical::no);
}

Result<void> add_access(AUTHORITY_INFO_ACCESS* to, int method, const std::string& url, const std::string& what) {
  if (url.empty()) return {};
  TRY_LET(GeneralName name, encode_url(url, what), "write URL");
  AccessDescription access(ACCESS_DESCRIPTION_new());
  if (!access) return failure("writing " + what);
  access->method = OBJ_nid2obj(method);
  GENERAL_NAME_free(access->location);
  access->location = name.release();
  if (!push<push_access>(to, access)) return failure("writing " + what);
  return {};
}

Result<void> add_constraints(Extensions& to, CertificateProfile profile) {
  const BasicConstraints constraints(BASIC_CONSTRAINTS_new());
  if (!constraints) return failure("writing the constraints");
  const bool authority = profile == CertificateProfile::root || profile == CertificateProfile::issuing_ca;
  // The byte of a DER BOOLEAN: OpenSSL would write a 1 as it is, and read it again, where others refuse it.
  constexpr int kTrue = 0xff;
  constraints->ca = authority ? kTrue : 0;
  if (profile == CertificateProfile::issuing_ca) {
    constraints->pathlen = ASN1_INTEGER_new();
    if (constraints->pathlen == nullptr || ASN1_INTEGER_set(constraints->pathlen, 0) != 1) {
      return failure("writing the constraints");
    }
  }
  return add_extension(to, NID_basic_constraints, constraints.get(), Critical::yes);
}

Result<void> add_authority_usage(Extensions& to) {
  constexpr int kKeyCertSign = 5;  // RFC 5280, 4.2.1.3
  constexpr int kCrlSign = 6;
  const BitString bits(ASN1_BIT_STRING_new());
  if (!bits || ASN1_BIT_STRING_set_bit(bits.get(), kKeyCertSign, 1) != 1 ||
      ASN1_BIT_STRING_set_bit(bits.get(), kCrlSign, 1) != 1) {
    return failure("writing the key usage");
  }
  return add_extension(to, NID_key_usage, bits.get(), Critical::yes);
}

Result<void> add_extended_usage(Extensions& to, int purpose) {
  const ExtendedUsage usage(EXTENDED_KEY_USAGE_new());
  // OpenSSL's own objects may be in a stack that frees what is in it.
  if (!usage || sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(purpose)) <= 0) return failure("writing the key usage");
  return add_extension(to, NID_ext_key_usage, usage.get(), Critical::no);
}

}  // namespace

Result<OctetString> key_identifier(const X509* certificate) {
  constexpr std::size_t kSize = 20;
  const ASN1_BIT_STRING* const key = X509_get0_pubkey_bitstr(certificate);
  const ByteView bits{ASN1_STRING_get0_data(key), static_cast<std::size_t>(ASN1_STRING_length(key))};
  TRY_LET(const Bytes digest, hash(HashAlgorithm::sha256, {bits}), "hash public key");
  OctetString identifier(ASN1_OCTET_STRING_new());
  if (!identifier || ASN1_OCTET_STRING_set(identifier.get(), digest.data(), kSize) != 1) {
    return failure("writing the key identifier");
  }
  return identifier;
}

Result<void> set_validity(X509* certificate, Timestamp from, Timestamp to) {
  // Certificates write four digits of the year (RFC 5280, 4.1.2.5); before 1970 the clock is wrong.
  const Timestamp end = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  if (from < Timestamp() || to >= end) {
    return Error(ErrorCode::usage, "a certificate can be valid from 1970 to 9999, and not from " +
                                       format_rfc3339(from) + " to " + format_rfc3339(to) + "; check the clock");
  }
  if (to < from) {
    return Error(ErrorCode::usage, "a certificate cannot end (" + format_rfc3339(to) + ") before it begins (" +
                                       format_rfc3339(from) + ")");
  }
  const Time first(ASN1_TIME_set(nullptr, from.time_since_epoch().count()));
  const Time last(ASN1_TIME_set(nullptr, to.time_since_epoch().count()));
  if (!first || !last || X509_set1_notBefore(certificate, first.get()) != 1 ||
      X509_set1_notAfter(certificate, last.get()) != 1) {
    return failure("writing the validity");
  }
  return {};
}

Result<void> add_key_identifiers(Extensions& to, const X509* certificate, const ASN1_OCTET_STRING* authority) {
  TRY_LET(const OctetString own, key_identifier(certificate), "make key identifier");
  const AuthorityKeyId issuer(AUTHORITY_KEYID_new());
  if (issuer) issuer->keyid = ASN1_OCTET_STRING_dup(authority == nullptr ? own.get() : authority);
  if (!issuer || issuer->keyid == nullptr) return failure("writing the issuer's key identifier");
  TRY(add_extension(to, NID_subject_key_identifier, own.get(), Critical::no), "add identifier");
  return add_extension(to, NID_authority_key_identifier, issuer.get(), Critical::no);
}

Result<void> add_profile(Extensions& to, CertificateProfile profile, std::span<const SubjectAlternativeName> names,
                         KeyUses uses) {
  TRY(add_constraints(to, profile), "add constraints");
  switch (profile) {
    case CertificateProfile::root:
    case CertificateProfile::issuing_ca: return add_authority_usage(to);
    case CertificateProfile::client:
    case CertificateProfile::server: break;
  }
  TRY(add_names_and_uses(to, names, uses), "add names and uses");
  return add_extended_usage(to, profile == CertificateProfile::client ? NID_client_auth : NID_server_auth);
}

Result<void> add_links(Extensions& to, const CertificateLinks& links) {
  TRY(add_crl(to, links.crl), "add revocation list");
  if (links.issuer.empty() && links.ocsp.empty()) return {};
  const InfoAccess access(AUTHORITY_INFO_ACCESS_new());
  if (!access) return failure("writing where more is found");
  TRY(add_access(access.get(), NID_ad_OCSP, links.ocsp, "the URL of the OCSP responder"), "add responder");
  TRY(add_access(access.get(), NID_ad_ca_issuers, links.issuer, "the URL of the issuer's certificate"), "add issuer");
  return add_extension(to, NID_info_access, access.get(), Critical::no);
}

}  // namespace holdfast::crypto::openssl
