// How fast certificates are issued under grants: the domain's command in this process, with threads that wait.
#pragma once

#include "crypto/key_pair.hpp"
#include "registry/ca/authority.hpp"
#include "registry/domain/certificate_issuer.hpp"
#include "registry/domain/enrolment_service.hpp"
#include "registry/domain/grant_commands.hpp"
#include "registry/domain/journal.hpp"

#include <span>
#include <vector>

namespace holdfast::bench {

/// Takes events and keeps none: what issuing costs without a log.
class NoJournal final : public domain::Journal {
 public:
  [[nodiscard]] Result<void> seal(domain::LogRows&, std::span<const domain::Event>) override { return {}; }
  [[nodiscard]] Result<void> committed() override { return {}; }
  void forget() override {}
};

/// The authority, as the domain asks it for certificates. Borrows it.
class Issuer final : public domain::CertificateIssuer {
 public:
  explicit Issuer(const ca::Authority& authority) : authority_(authority) {}
  [[nodiscard]] Result<domain::FreshCertificate> issue(const domain::CertificateOrder& order) override;
  [[nodiscard]] std::vector<Bytes> chain() const override { return authority_.chain(); }

 private:
  const ca::Authority& authority_;
};

/// Enrols a device under each of the grants, with 64 threads.
[[nodiscard]] double enrolments_per_second(domain::EnrolmentService& service,
                                           const std::vector<domain::IssuedGrant>& grants,
                                           std::span<const crypto::PublicKey> keys);

}  // namespace holdfast::bench
