#include "registry/domain/enrolment.hpp"

#include <algorithm>
#include <set>

#include "registry/domain/certification.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/draft.hpp"
#include "registry/domain/grant_commands.hpp"
#include "registry/domain/image_commands.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr std::chrono::seconds kRetryAfter = std::chrono::minutes(1);

// By which grant something came about.
Details by(const Grant& grant) { return {{"grant.id", grant.id.text()}}; }

Result<Identity> make_identity(const Case& c, const Grant& grant, const Policy& policy) {
  TRY_LET(auto id, c.draft ? Result<IdentityId>(c.draft->identity) : IdentityId::create(c.now), "name identity");
  const Intent& intent = grant.intent;
  return Identity{.id = std::move(id),
                  .name = intent.name,
                  .purpose = intent.purpose,
                  .environment = intent.environment,
                  .group = intent.group,
                  .owners = intent.owners,
                  .tier = Tier::declared,
                  .state = policy.approval == Approval::required ? IdentityState::pending : IdentityState::active,
                  .state_before = std::nullopt,
                  .policy = policy.name,
                  .created = c.now,
                  .last_seen = c.now,
                  .next_review = c.now + policy.review_every,
                  .retire_after = intent.retire_after,
                  .retirement_condition = intent.retirement_condition,
                  .orphaned_since = std::nullopt};
}

Result<Anchor> make_anchor(const Case& c, const IdentityId& identity) {
  TRY_LET(auto id, AnchorId::create(c.now), "name anchor");
  return Anchor{.id = std::move(id),
                .identity = identity,
                .key = c.asker.hash,
                .key_algorithm = c.asker.algorithm,
                .generation = 1,
                .kind = "declared-key",
                .component = c.client.component,
                .version = c.client.version,
                .place_of_issue = c.place,
                .predecessor = std::nullopt,
                .created = c.now,
                .ended = std::nullopt};
}

// A key that the registry knows cannot enrol once more, and one that has ended is refused for ever. Whoever asks has
// proven possession, as the first one did: so the two are one device's key in two hands.
Result<void> refuse_known_key(const Case& c, const Anchor& known) {
  if (known.ended) {
    return not_allowed("this key belonged to identity " + known.identity.text() +
                       ", which is out of service, and is refused for ever; make a new key");
  }
  c.clone_of = known.identity;
  return not_allowed("this key is enrolled already, as identity " + known.identity.text() +
                     ", which is suspended until a person has looked at it; make a key of this device's own");
}

// Before anything is said about the grant: whoever presents a key that is enrolled tells of two holders by that alone.
Result<void> check_key_is_new(const Case& c) {
  TRY_LET(const auto known, c.tx.anchors().find_by_key(c.asker.hash), "look for the key");
  return known ? refuse_known_key(c, *known) : Result<void>();
}

Result<void> check_owners(Transaction& tx, const Ownership& owners) {
  for (const OwnerId* id : {&owners.business, &owners.technical}) {
    TRY_LET(const auto owner, tx.owners().find(*id), "find owner");
    if (owner && owner->standing == OwnerStanding::active) continue;
    const std::string who = owner ? "'" + owner->name + "' has left" : "owner " + id->text() + " does not exist";
    return not_allowed("nobody would answer for this device: " + who + "; have the grant renewed for another owner");
  }
  return {};
}

Result<void> enrol_new(const Case& c, const Grant& grant) {
  TRY(check_key_is_new(c), "check key");
  if (grant.state == GrantState::revoked) return not_allowed("the grant was revoked");
  if (c.now > grant.expires) return not_allowed("the grant expired at " + format_rfc3339(grant.expires));
  if (grant.intent.purpose.empty()) return not_allowed("the grant says no purpose");
  TRY(check_owners(c.tx, grant.intent.owners), "check owners");
  TRY_LET(const auto policy, load_policy(c.tx, grant.intent.policy), "load policy");
  TRY(check_algorithm(policy, c.asker.algorithm), "check algorithm");
  TRY(check_in_no_image(c.tx, c.asker.hash), "look for the key in images");

  TRY_LET(const Identity identity, make_identity(c, grant, policy), "describe identity");
  TRY_LET(const Anchor anchor, make_anchor(c, identity.id), "describe anchor");
  TRY(c.tx.identities().add(identity), "store identity");
  TRY(c.tx.anchors().add(anchor), "store anchor");
  TRY(c.tx.grants().use(grant.id, c.asker.hash, identity.id), "use the grant");
  if (identity.state == IdentityState::active)
    return issue(c, {identity, anchor, policy}, "identity.enrolled", by(grant));

  TRY_LET(auto request_id, RequestId::create(c.now), "name request");
  TRY(c.tx.enrolments().add({std::move(request_id), grant.id, identity.id, c.asker.hash, c.now}), "store request");
  c.tx.record(make_event(c.now, device_of(identity.id), "identity.requested", identity.id,
                         join(join(describe(identity), describe(anchor)), by(grant))));
  c.answer = Deferred{identity.id, kRetryAfter};
  return {};
}

// The newest certificate of the anchor that is still good: what a lost answer held.
Result<std::optional<Certificate>> issued_to(Transaction& tx, const Anchor& anchor, Timestamp now) {
  TRY_LET(const auto certificates, tx.certificates().of_identity(anchor.identity, 100), "list certificates");
  for (const Certificate& certificate : certificates) {
    const bool fits = certificate.anchor == anchor.id && certificate.status == CertificateStatus::good;
    if (fits && certificate.not_after > now) return std::optional(certificate);
  }
  return std::optional<Certificate>();
}

Result<void> answer_again(const Case& c, const Grant& grant) {
  if (grant.used_by != c.asker.hash) {
    TRY(check_key_is_new(c), "check key");
    return not_allowed("the grant was used by another key");
  }
  TRY_LET(const auto anchor, c.tx.anchors().find_by_key(c.asker.hash), "find anchor");
  if (!anchor || !grant.identity) return Error(ErrorCode::internal, "a used grant has no identity");
  TRY_LET(Identity identity, load_identity(c.tx, *grant.identity), "load identity");
  if (anchor->ended) return refuse_known_key(c, *anchor);
  if (identity.state == IdentityState::suspended) return not_allowed("the identity is suspended; ask its owner");
  if (identity.state == IdentityState::pending) {
    c.answer = Deferred{identity.id, kRetryAfter};
    return {};
  }
  TRY_LET(const auto certificate, issued_to(c.tx, *anchor, c.now), "look for its certificate");
  if (certificate && !certificate->der.empty()) {
    c.answer = IssuedCertificate{certificate->identity, certificate->serial, certificate->not_before,
                                 certificate->not_after, certificate->der};
    return {};
  }
  TRY_LET(const auto waiting, c.tx.enrolments().of_identity(identity.id), "look for its request");
  if (!waiting && !certificate) {
    return not_allowed("the grant was used, and its certificate has expired; renew with the certificate");
  }
  TRY_LET(const auto policy, load_policy(c.tx, identity.policy), "load policy");
  // Much may have happened while it waited.
  TRY(check_owners(c.tx, identity.owners), "check owners");
  TRY(check_algorithm(policy, c.asker.algorithm), "check algorithm");
  TRY(check_in_no_image(c.tx, c.asker.hash), "look for the key in images");
  if (!waiting) {
    // A registry that was rebuilt from its log has forgotten the certificate itself.
    identity.last_seen = c.now;
    TRY(c.tx.identities().update(identity), "store identity");
    return issue(c, {identity, *anchor, policy}, "certificate.renewed", by(grant));
  }
  TRY(c.tx.enrolments().remove(waiting->id), "remove request");
  return issue(c, {identity, *anchor, policy}, "identity.enrolled", by(grant));
}

// The newcomer has got nothing; the one that was there first may be the copy as well as the original.
Result<void> report_clone(const Case& c, const IdentityId& incumbent) {
  TRY(quarantine(c.tx, incumbent, IncidentKind::clone, "its key was presented for another enrolment", c.now),
      "suspend the incumbent");
  return {};
}

}  // namespace

Result<std::vector<Bytes>> Enrolment::authority_certificates() { return issuer_.chain(); }

Result<std::vector<std::string>> Enrolment::key_algorithms() {
  std::set<std::string> names;
  TRY(database_.read([&](Transaction& tx) -> Result<void> {
    TRY_LET(const auto policies, tx.policies().list(), "list policies");
    for (const Policy& policy : policies) names.insert(policy.key_algorithms.begin(), policy.key_algorithms.end());
    return {};
  }),
      "read policies");
  return std::vector<std::string>(names.begin(), names.end());
}

Result<EnrolmentAnswer> Enrolment::enrol(const GrantCredentials& credentials, const crypto::PublicKey& key,
                                         const ReportedClient& client) {
  TRY_LET(const Asker asker, describe_key(key), "describe key");
  const auto draft = draft_enrolment(database_, issuer_, credentials, key, clock_());
  std::optional<EnrolmentAnswer> answer;
  std::optional<Error> refusal;
  const auto done = database_.change([&](Transaction& tx) -> Result<void> {
    answer.reset();
    refusal.reset();
    std::optional<IdentityId> clone_of;
    TRY_LET(const Grant grant, open_grant(tx, credentials), "open grant");
    // What was issued before is given again without a change, which the journal would refuse while the log is behind:
    // what it has forgotten may be that device's revocation.
    if (grant.state == GrantState::used) TRY(check_log_(tx.log()), "check log");
    const Case c{tx, issuer_, clock_(), place_, client, asker, draft, answer, clone_of};
    const auto work = [&] { return grant.state == GrantState::used ? answer_again(c, grant) : enrol_new(c, grant); };
    return do_or_record(tx, work, refusal, [&](const Error& why) {
      record_refusal(c, "enrolment.refused", why, {{"grant.id", grant.id.text()}},
                     clone_of ? clone_of : grant.identity);
      return clone_of ? report_clone(c, *clone_of) : Result<void>();
    });
  });
  return settle(done, refusal, answer);
}

Result<Identity> approve_enrolment(Transaction& tx, const Actor& actor, const IdentityId& id, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "approve enrolments"), "check role");
  TRY_LET(const Identity identity, load_identity(tx, id), "load identity");
  if (identity.state != IdentityState::pending) {
    return not_allowed("the identity is " + std::string(name_of(identity.state)) + ", and does not wait for approval");
  }
  return change_state(tx, actor,
                      {.identity = id,
                       .to = IdentityState::active,
                       .reason = "enrolment approved",
                       .revocation = RevocationReason::unspecified},
                      now);
}

}  // namespace holdfast::domain
