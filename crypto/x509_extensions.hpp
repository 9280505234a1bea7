// Internal to crypto/: the parts of certificates that say who issued them, what for, and where more is found.
#pragma once

#include "core/clock.hpp"
#include "crypto/certificate_issue.hpp"
#include "crypto/x509_openssl.hpp"

namespace holdfast::crypto::openssl {

using OctetString = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

/// 160 bits of SHA-256 over the public key's bits (RFC 7093, 2), where RFC 5280 suggests SHA-1.
[[nodiscard]] Result<OctetString> key_identifier(const X509* certificate);

/// Up to and with the second `to`. ErrorCode::usage where certificates cannot say that.
[[nodiscard]] Result<void> set_validity(X509* certificate, Timestamp from, Timestamp to);

/// subjectKeyIdentifier of the certificate's own key and authorityKeyIdentifier; without `authority` the same.
[[nodiscard]] Result<void> add_key_identifiers(Extensions& to, const X509* certificate,
                                               const ASN1_OCTET_STRING* authority);
/// basicConstraints, keyUsage and extKeyUsage of a profile, and the alternative names.
[[nodiscard]] Result<void> add_profile(Extensions& to, CertificateProfile profile,
                                       std::span<const SubjectAlternativeName> names, KeyUses uses);
/// cRLDistributionPoints and authorityInfoAccess, as far as there are any. ErrorCode::usage where one is no URL.
[[nodiscard]] Result<void> add_links(Extensions& to, const CertificateLinks& links);

}  // namespace holdfast::crypto::openssl
