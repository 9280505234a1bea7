// Enrolment: how a key becomes an identity's, and gets its certificates.
#pragma once

#include "registry/domain/certificate_issuer.hpp"
#include "registry/domain/enrolment_service.hpp"
#include "registry/domain/store.hpp"

#include <functional>
#include <string>

namespace holdfast::domain {

/// Whether the log is all that was acknowledged; ErrorCode::refused where something is missing.
using CheckLog = std::function<Result<void>(LogRows& rows)>;

/// Every enrolment is one transaction. A refusal that concerns a grant or an identity leaves no row but its entry in
/// the log; credentials that belong to none leave nothing.
class Enrolment : public EnrolmentService {
 public:
  /// Borrows database and issuer. `place` is what anchors say about where they were enrolled.
  Enrolment(Database& database, CertificateIssuer& issuer, Clock clock, std::string place, CheckLog check_log)
      : database_(database),
        issuer_(issuer),
        clock_(clock),
        place_(std::move(place)),
        check_log_(std::move(check_log)) {}

  [[nodiscard]] Result<std::vector<Bytes>> authority_certificates() override;
  [[nodiscard]] Result<std::vector<std::string>> key_algorithms() override;
  [[nodiscard]] Result<EnrolmentAnswer> enrol(const GrantCredentials& credentials, const crypto::PublicKey& key,
                                              const ReportedClient& client) override;
  [[nodiscard]] Result<EnrolmentAnswer> renew(ByteView certificate, const crypto::PublicKey& key) override;
  [[nodiscard]] Result<void> refuse_enrolment(const GrantCredentials& credentials, const Error& why) override;
  [[nodiscard]] Result<void> refuse_renewal(ByteView certificate, const Error& why) override;

 private:
  Database& database_;
  CertificateIssuer& issuer_;
  Clock clock_;
  std::string place_;
  CheckLog check_log_;
};

/// Lets an enrolment that waited take effect; its key gets a certificate when it comes back. ErrorCode::refused where
/// the identity does not wait.
[[nodiscard]] Result<Identity> approve_enrolment(Transaction& tx, const Actor& actor, const IdentityId& id,
                                                 Timestamp now);

}  // namespace holdfast::domain
