// The certificate authority as the domain sees it.
#pragma once

#include "crypto/key_pair.hpp"
#include "registry/domain/identities.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace holdfast::domain {

/// What a certificate has to say. Names come from the identity alone, never from a request.
struct CertificateOrder {
  IdentityId identity;
  std::string name;
  std::string spiffe_trust_domain;  ///< no SPIFFE id where it is empty
  crypto::PublicKey key;
  Timestamp now;
  std::chrono::seconds validity{};
};

/// What was issued.
struct FreshCertificate {
  std::string serial;  ///< 32 hexadecimal digits
  Timestamp not_before;
  Timestamp not_after;
  Bytes der;
};

/// Thread-safe.
class CertificateIssuer {
 public:
  CertificateIssuer() = default;
  CertificateIssuer(const CertificateIssuer&) = delete;
  CertificateIssuer& operator=(const CertificateIssuer&) = delete;
  virtual ~CertificateIssuer() = default;

  [[nodiscard]] virtual Result<FreshCertificate> issue(const CertificateOrder& order) = 0;
  /// The issuing CA's certificate and those above it, DER, the root last.
  [[nodiscard]] virtual std::vector<Bytes> chain() const = 0;
};

}  // namespace holdfast::domain
