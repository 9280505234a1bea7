#include <algorithm>

#include "crypto/certificate.hpp"
#include "registry/domain/certification.hpp"
#include "registry/domain/enrolment.hpp"
#include "registry/domain/image_commands.hpp"
#include "registry/domain/lifecycle.hpp"

namespace holdfast::domain {
namespace {

Result<void> check_renewal(const Case& c, const Identity& identity, const Anchor& anchor, const Certificate& old,
                           const Policy& policy) {
  if (anchor.ended || is_terminal(identity.state)) {
    return not_allowed("the identity is " + std::string(name_of(identity.state)) + ", and stays so for ever");
  }
  if (identity.state != IdentityState::active && identity.state != IdentityState::rotating) {
    return not_allowed("the identity is " + std::string(name_of(identity.state)) + "; ask its owner");
  }
  if (old.status != CertificateStatus::good) {
    return not_allowed("the certificate " + old.serial + " is " + std::string(name_of(old.status)));
  }
  if (c.now > old.not_after + policy.renewal_grace) {
    return not_allowed("the certificate " + old.serial + " expired at " + format_rfc3339(old.not_after) +
                       ", which is longer ago than the policy '" + policy.name +
                       "' allows; make a new key and enrol with a new grant");
  }
  if (anchor.key != c.asker.hash) {
    return not_allowed(
        "a certificate is renewed for the same key; a new key is a new anchor, which an operator starts");
  }
  TRY(check_in_no_image(c.tx, c.asker.hash), "look for the key in images");
  return check_algorithm(policy, c.asker.algorithm);
}

Result<void> renew_case(const Case& c, const Certificate& old) {
  TRY_LET(Identity identity, load_identity(c.tx, old.identity), "load identity");
  TRY_LET(const auto anchor, c.tx.anchors().find(old.anchor), "find anchor");
  if (!anchor) return Error(ErrorCode::internal, "a certificate has no anchor");
  TRY_LET(const auto policy, load_policy(c.tx, identity.policy), "load policy");
  TRY(check_renewal(c, identity, *anchor, old, policy), "check renewal");
  identity.last_seen = c.now;
  TRY(c.tx.identities().update(identity), "store identity");
  return issue(c, {identity, *anchor, policy}, "certificate.renewed", {});
}

}  // namespace

Result<EnrolmentAnswer> Enrolment::renew(ByteView certificate, const crypto::PublicKey& key) {
  TRY_LET(const Asker asker, describe_key(key), "describe key");
  TRY_LET(const auto presented, crypto::CertificateChain::parse(certificate), "read certificate");
  const auto draft = draft_renewal(database_, issuer_, presented.leaf().serial, key, clock_());
  std::optional<EnrolmentAnswer> answer;
  std::optional<Error> refusal;
  const auto done = database_.change([&](Transaction& tx) -> Result<void> {
    answer.reset();
    refusal.reset();
    TRY_LET(const auto old, tx.certificates().find(presented.leaf().serial), "find certificate");
    TRY_LET(const bool issued_here, is_that(old, certificate), "compare certificate");
    if (!issued_here) {
      return Error(ErrorCode::wrong_passphrase, "the certificate was not issued by this registry");
    }
    std::optional<IdentityId> clone_of;
    const ReportedClient unasked;
    const Case c{tx, issuer_, clock_(), place_, unasked, asker, draft, answer, clone_of};
    return do_or_record(
        tx, [&] { return renew_case(c, *old); }, refusal,
        [&](const Error& why) -> Result<void> {
          record_refusal(c, "renewal.refused", why, {{"certificate.serial", old->serial}}, old->identity);
          return {};
        });
  });
  return settle(done, refusal, answer);
}

}  // namespace holdfast::domain
