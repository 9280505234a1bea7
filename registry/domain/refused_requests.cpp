// What stands in the log of requests that are refused before anything is looked at but whose they are.
#include "crypto/certificate.hpp"
#include "registry/domain/certification.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/enrolment.hpp"
#include "registry/domain/grant_commands.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {

Result<void> Enrolment::refuse_enrolment(const GrantCredentials& credentials, const Error& why) {
  return database_.change([&](Transaction& tx) -> Result<void> {
    TRY_LET(const Grant grant, open_grant(tx, credentials), "open grant");
    Event event = make_event(clock_(), the_registry(), "enrolment.refused",
                             {{"grant.id", grant.id.text()}, {"reason", why.message()}});
    event.identity = grant.identity;
    tx.record(std::move(event));
    return {};
  });
}

Result<void> Enrolment::refuse_renewal(ByteView certificate, const Error& why) {
  TRY_LET(const auto presented, crypto::CertificateChain::parse(certificate), "read certificate");
  return database_.change([&](Transaction& tx) -> Result<void> {
    TRY_LET(const auto old, tx.certificates().find(presented.leaf().serial), "find certificate");
    TRY_LET(const bool issued_here, is_that(old, certificate), "compare certificate");
    if (!issued_here) {
      return Error(ErrorCode::wrong_passphrase, "the certificate was not issued by this registry");
    }
    tx.record(make_event(clock_(), the_registry(), "renewal.refused", old->identity,
                         {{"certificate.serial", old->serial}, {"reason", why.message()}}));
    return {};
  });
}

}  // namespace holdfast::domain
