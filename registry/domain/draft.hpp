// Certificates that are signed before the transaction that records them: a signature may take a millisecond, in which
// nobody else could write. A draft is worth nothing until its transaction is durable, and nobody sees it before.
#pragma once

#include "registry/domain/certificate_issuer.hpp"
#include "registry/domain/enrolment_service.hpp"
#include "registry/domain/store.hpp"

#include <optional>
#include <string>

namespace holdfast::domain {

/// A certificate with all that it depends on. It counts if the transaction finds the same.
struct Draft {
  IdentityId identity;
  std::string name;
  Policy policy;
  FreshCertificate certificate;
};

/// For whom a certificate is signed. Borrows.
struct CertificateHolder {
  const IdentityId& identity;
  const std::string& name;
  const Policy& policy;
};
[[nodiscard]] Result<FreshCertificate> certify(CertificateIssuer& issuer, const CertificateHolder& holder,
                                               const crypto::PublicKey& key, Timestamp now);

/// What `credentials` will get for `key`, as things are now, under a fresh identity's id. Nothing where they will get
/// something else, or where that cannot be told: the transaction then says why.
[[nodiscard]] std::optional<Draft> draft_enrolment(Database& database, CertificateIssuer& issuer,
                                                   const GrantCredentials& credentials, const crypto::PublicKey& key,
                                                   Timestamp now);
/// The same for the certificate that comes after the one with this serial number.
[[nodiscard]] std::optional<Draft> draft_renewal(Database& database, CertificateIssuer& issuer,
                                                 const std::string& serial, const crypto::PublicKey& key,
                                                 Timestamp now);

}  // namespace holdfast::domain
