// Whom the authority certifies, named by what the registry knows of them and never by what they say of themselves.
#pragma once

#include "core/result.hpp"
#include "crypto/subject_alternative_name.hpp"
#include "crypto/x509_name.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::ca {

/// An identity, as far as its certificates tell of it.
struct NamedIdentity {
  std::string id;    ///< a UUID in its one spelling: lower case, with dashes
  std::string name;  ///< at most 64 characters
  /// Asks for a SPIFFE ID in this trust domain, such as "fleet.example".
  std::optional<std::string> spiffe_trust_domain = std::nullopt;
  std::vector<std::string> dns_names = {};
};

/// The names in a certificate.
struct EndEntityNames {
  crypto::DistinguishedName subject;
  std::vector<crypto::SubjectAlternativeName> alternative_names;
};

/// The subject has the name as CN and the id as serialNumber. Alternative names are URI:urn:uuid:ID and the DNS names.
/// With a trust domain, spiffe://DOMAIN/device/ID stands in the place of the first: an X.509-SVID has one URI only, and
/// whoever verifies it must refuse more. ErrorCode::usage, naming what is wrong.
[[nodiscard]] Result<EndEntityNames> names_of(const NamedIdentity& identity);

}  // namespace holdfast::ca
