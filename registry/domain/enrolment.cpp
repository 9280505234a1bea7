#include "registry/domain/enrolment.hpp"

#include <algorithm>
#include <set>

#include "core/encoding.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/draft.hpp"
#include "registry/domain/grant_commands.hpp"
#include "registry/domain/image_commands.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr std::chrono::seconds kRetryAfter = std::chrono::minutes(1);

Error refused(const std::string& why) { return {ErrorCode::refused, why}; }

struct Asker {
  crypto::PublicKey key;
  KeyHash hash{};
  std::string algorithm;
};

Result<Asker> describe_key(const crypto::PublicKey& key) {
  TRY_LET(const Bytes fingerprint, key.fingerprint(), "hash public key");
  Asker asker{.key = key, .hash = {}, .algorithm = std::string(crypto::row_of(key.algorithm()).name)};
  std::ranges::copy(fingerprint, asker.hash.begin());
  return asker;
}

Result<Policy> load_policy(Transaction& tx, const std::string& name) {
  TRY_LET(auto found, tx.policies().find(name), "find policy");
  if (found) return *std::move(found);
  return refused("there is no policy '" + name + "' any more; have an operator make one");
}

Result<void> check_algorithm(const Policy& policy, const std::string& algorithm) {
  if (std::ranges::find(policy.key_algorithms, algorithm) != policy.key_algorithms.end()) return {};
  std::string allowed;
  for (const auto& name : policy.key_algorithms) allowed += (allowed.empty() ? "" : ", ") + name;
  return refused("the policy '" + policy.name + "' certifies no " + algorithm + " keys, only: " + allowed);
}

// What one transaction of an enrolment works with.
struct Case {
  Transaction& tx;
  CertificateIssuer& issuer;
  Timestamp now;
  const std::string& place;
  const Asker& asker;
  const std::optional<Draft>& draft;
  std::optional<EnrolmentAnswer>& answer;
  std::optional<IdentityId>& clone_of;
};

Actor device_of(const IdentityId& id) { return {"device:" + id.text(), Role::device, std::nullopt}; }

// The draft, where nothing has changed since it was made.
Result<FreshCertificate> certificate_for(const Case& c, const Identity& identity, const Policy& policy) {
  const auto& draft = c.draft;
  if (draft && draft->identity == identity.id && draft->name == identity.name && draft->policy == policy) {
    return draft->certificate;
  }
  return certify(c.issuer, identity.id, identity.name, policy, c.asker.key, c.now);
}

Result<KeyHash> digest_of(ByteView der) {
  TRY_LET(const auto hashed, crypto::hash(crypto::HashAlgorithm::sha256, {der}), "hash certificate");
  KeyHash digest{};
  std::ranges::copy(hashed, digest.begin());
  return digest;
}

// `about` is what the event says besides.
Result<void> issue(const Case& c, const Identity& identity, const Anchor& anchor, const Policy& policy,
                   const std::string& event, const Details& about) {
  TRY_LET(auto fresh, certificate_for(c, identity, policy), "issue certificate");
  TRY_LET(const auto digest, digest_of(fresh.der), "describe certificate");
  const Certificate certificate{.serial = fresh.serial,
                                .identity = identity.id,
                                .anchor = anchor.id,
                                .algorithm = c.asker.algorithm,
                                .not_before = fresh.not_before,
                                .not_after = fresh.not_after,
                                .status = CertificateStatus::good,
                                .reason = std::nullopt,
                                .revoked_at = std::nullopt,
                                .digest = digest,
                                .der = fresh.der};
  TRY(c.tx.certificates().add(certificate), "store certificate");
  Details details = join(describe(identity), join(join(describe(anchor), describe(certificate)), about));
  c.tx.record(make_event(c.now, device_of(identity.id), event, identity.id, std::move(details)));
  c.answer = IssuedCertificate{.identity = identity.id,
                               .serial = fresh.serial,
                               .not_before = fresh.not_before,
                               .not_after = fresh.not_after,
                               .der = std::move(fresh.der)};
  return {};
}

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
                .component = "est",
                .version = "",
                .place_of_issue = c.place,
                .predecessor = std::nullopt,
                .created = c.now,
                .ended = std::nullopt};
}

// A key that the registry knows cannot enrol once more, and one that has ended is refused for ever. Whoever asks has
// proven possession, as the first one did: so the two are one device's key in two hands.
Result<void> refuse_known_key(const Case& c, const Anchor& known) {
  if (known.ended) {
    return refused("this key belonged to identity " + known.identity.text() +
                   ", which is out of service, and is refused for ever; make a new key");
  }
  c.clone_of = known.identity;
  return refused("this key is enrolled already, as identity " + known.identity.text() +
                 ", which is suspended until a person has looked at it; make a key of this device's own");
}

Result<void> check_owners(Transaction& tx, const Ownership& owners) {
  for (const OwnerId* id : {&owners.business, &owners.technical}) {
    TRY_LET(const auto owner, tx.owners().find(*id), "find owner");
    if (owner && owner->standing == OwnerStanding::active) continue;
    const std::string who = owner ? "'" + owner->name + "' has left" : "owner " + id->text() + " does not exist";
    return refused("nobody would answer for this device: " + who + "; have the grant renewed for another owner");
  }
  return {};
}

Result<void> enrol_new(const Case& c, const Grant& grant) {
  if (grant.state == GrantState::revoked) return refused("the grant was revoked");
  if (c.now > grant.expires) return refused("the grant expired at " + format_rfc3339(grant.expires));
  if (grant.intent.purpose.empty()) return refused("the grant says no purpose");
  TRY(check_owners(c.tx, grant.intent.owners), "check owners");
  TRY_LET(const auto policy, load_policy(c.tx, grant.intent.policy), "load policy");
  TRY(check_algorithm(policy, c.asker.algorithm), "check algorithm");
  TRY_LET(const auto known, c.tx.anchors().find_by_key(c.asker.hash), "look for the key");
  if (known) return refuse_known_key(c, *known);
  TRY(check_in_no_image(c.tx, c.asker.hash), "look for the key in images");

  TRY_LET(const Identity identity, make_identity(c, grant, policy), "describe identity");
  TRY_LET(const Anchor anchor, make_anchor(c, identity.id), "describe anchor");
  TRY(c.tx.identities().add(identity), "store identity");
  TRY(c.tx.anchors().add(anchor), "store anchor");
  TRY(c.tx.grants().use(grant.id, c.asker.hash, identity.id), "use the grant");
  if (identity.state == IdentityState::active)
    return issue(c, identity, anchor, policy, "identity.enrolled", by(grant));

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
  if (grant.used_by != c.asker.hash) return refused("the grant was used by another key");
  TRY_LET(const auto anchor, c.tx.anchors().find_by_key(c.asker.hash), "find anchor");
  if (!anchor || !grant.identity) return Error(ErrorCode::internal, "a used grant has no identity");
  TRY_LET(Identity identity, load_identity(c.tx, *grant.identity), "load identity");
  if (anchor->ended) return refuse_known_key(c, *anchor);
  if (identity.state == IdentityState::suspended) return refused("the identity is suspended; ask its owner");
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
  if (!waiting) return refused("the grant was used, and its certificate has expired; renew with the certificate");
  TRY_LET(const auto policy, load_policy(c.tx, identity.policy), "load policy");
  TRY(c.tx.enrolments().remove(waiting->id), "remove request");
  return issue(c, identity, *anchor, policy, "identity.enrolled", by(grant));
}

// Says what was refused, in the log of whom it concerns.
void record_refusal(const Case& c, const std::string& what, const Error& why, Details about,
                    const std::optional<IdentityId>& identity) {
  about["reason"] = why.message();
  about["key_sha256"] = to_hex(c.asker.hash);
  Event event = make_event(c.now, the_registry(), what, std::move(about));
  event.identity = identity;
  c.tx.record(std::move(event));
}

// The newcomer has got nothing; the one that was there first may be the copy as well as the original.
Result<void> report_clone(const Case& c, const IdentityId& incumbent) {
  TRY(quarantine(c.tx, incumbent, IncidentKind::clone, "its key was presented for another enrolment", c.now),
      "suspend the incumbent");
  return {};
}

// Does `work`; what it refuses stands in the log, and nothing else of it stays.
Result<void> do_or_record(Transaction& tx, const std::function<Result<void>()>& work, std::optional<Error>& refusal,
                          const std::function<Result<void>(const Error&)>& record) {
  auto done = tx.attempt(work);
  if (done.ok() || done.error().code() != ErrorCode::refused) return done;
  refusal = done.error();
  return record(done.error());
}

Result<void> check_renewal(const Case& c, const Identity& identity, const Anchor& anchor, const Certificate& old,
                           const Policy& policy) {
  if (anchor.ended || is_terminal(identity.state)) {
    return refused("the identity is " + std::string(name_of(identity.state)) + ", and stays so for ever");
  }
  if (identity.state != IdentityState::active && identity.state != IdentityState::rotating) {
    return refused("the identity is " + std::string(name_of(identity.state)) + "; ask its owner");
  }
  if (old.status != CertificateStatus::good) {
    return refused("the certificate " + old.serial + " is " + std::string(name_of(old.status)));
  }
  if (c.now > old.not_after + policy.renewal_grace) {
    return refused("the certificate " + old.serial + " expired at " + format_rfc3339(old.not_after) +
                   ", which is longer ago than the policy '" + policy.name +
                   "' allows; make a new key and enrol with a new grant");
  }
  if (anchor.key != c.asker.hash) {
    return refused("a certificate is renewed for the same key; a new key is a new anchor, which an operator starts");
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
  return issue(c, identity, *anchor, policy, "certificate.renewed", {});
}

// Whether this is the certificate that was issued, of which the registry may know the digest alone.
Result<bool> is_it(const std::optional<Certificate>& issued, ByteView presented) {
  if (!issued) return false;
  if (!issued->der.empty()) return std::ranges::equal(issued->der, presented);
  TRY_LET(const auto digest, digest_of(presented), "hash certificate");
  return issued->digest == digest;
}

// What a rule refuses has been told apart by now: a change that is refused as a whole is the registry's own trouble,
// since its log has to be brought back first.
Error not_at_present(const Error& why) {
  if (why.code() != ErrorCode::refused) return why;
  return {ErrorCode::io, "the registry issues nothing at present: " + why.message()};
}

Result<EnrolmentAnswer> settle(const Result<void>& done, const std::optional<Error>& refusal,
                               const std::optional<EnrolmentAnswer>& answer) {
  if (!done.ok()) return not_at_present(done.error());
  if (refusal) return *refusal;
  if (!answer) return Error(ErrorCode::internal, "an enrolment ended without an answer");
  return *answer;
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

Result<EnrolmentAnswer> Enrolment::enrol(const GrantCredentials& credentials, const crypto::PublicKey& key) {
  TRY_LET(const Asker asker, describe_key(key), "describe key");
  const auto draft = draft_enrolment(database_, issuer_, credentials, key, clock_());
  std::optional<EnrolmentAnswer> answer;
  std::optional<Error> refusal;
  const auto done = database_.change([&](Transaction& tx) -> Result<void> {
    answer.reset();
    refusal.reset();
    std::optional<IdentityId> clone_of;
    TRY_LET(const Grant grant, open_grant(tx, credentials), "open grant");
    const Case c{tx, issuer_, clock_(), place_, asker, draft, answer, clone_of};
    const auto work = [&] { return grant.state == GrantState::used ? answer_again(c, grant) : enrol_new(c, grant); };
    return do_or_record(tx, work, refusal, [&](const Error& why) {
      record_refusal(c, "enrolment.refused", why, {{"grant.id", grant.id.text()}},
                     clone_of ? clone_of : grant.identity);
      return clone_of ? report_clone(c, *clone_of) : Result<void>();
    });
  });
  return settle(done, refusal, answer);
}

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
    TRY_LET(const bool issued_here, is_it(old, certificate), "compare certificate");
    if (!issued_here) {
      return Error(ErrorCode::wrong_passphrase, "the certificate was not issued by this registry");
    }
    std::optional<IdentityId> clone_of;
    const Case c{tx, issuer_, clock_(), place_, asker, draft, answer, clone_of};
    return do_or_record(
        tx, [&] { return renew_case(c, *old); }, refusal,
        [&](const Error& why) -> Result<void> {
          record_refusal(c, "renewal.refused", why, {{"certificate.serial", old->serial}}, old->identity);
          return {};
        });
  });
  return settle(done, refusal, answer);
}

Result<Identity> approve_enrolment(Transaction& tx, const Actor& actor, const IdentityId& id, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "approve enrolments"), "check role");
  TRY_LET(const Identity identity, load_identity(tx, id), "load identity");
  if (identity.state != IdentityState::pending) {
    return refused("the identity is " + std::string(name_of(identity.state)) + ", and does not wait for approval");
  }
  return change_state(tx, actor,
                      {.identity = id,
                       .to = IdentityState::active,
                       .reason = "enrolment approved",
                       .revocation = RevocationReason::unspecified},
                      now);
}

}  // namespace holdfast::domain
