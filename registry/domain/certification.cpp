#include "registry/domain/certification.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

// The draft, where nothing has changed since it was made.
Result<FreshCertificate> certificate_for(const Case& c, const Identity& identity, const Policy& policy) {
  const auto& draft = c.draft;
  if (draft && draft->identity == identity.id && draft->name == identity.name && draft->policy == policy) {
    return draft->certificate;
  }
  return certify(c.issuer, {identity.id, identity.name, policy}, c.asker.key, c.now);
}

// What a rule refuses has been told apart by now: a change that is refused as a whole is the registry's own trouble,
// since its log has to be brought back first.
Error not_at_present(const Error& why) {
  if (why.code() != ErrorCode::refused) return why;
  return {ErrorCode::io, "the registry issues nothing at present: " + why.message()};
}

}  // namespace

Error not_allowed(const std::string& why) { return {ErrorCode::refused, why}; }

Result<Asker> describe_key(const crypto::PublicKey& key) {
  TRY_LET(const Bytes fingerprint, key.fingerprint(), "hash public key");
  Asker asker{.key = key, .hash = {}, .algorithm = std::string(crypto::row_of(key.algorithm()).name)};
  std::ranges::copy(fingerprint, asker.hash.begin());
  return asker;
}

Result<Policy> load_policy(Transaction& tx, const std::string& name) {
  TRY_LET(auto found, tx.policies().find(name), "find policy");
  if (found) return *std::move(found);
  return not_allowed("there is no policy '" + name + "' any more; have an operator make one");
}

Result<void> check_algorithm(const Policy& policy, const std::string& algorithm) {
  if (std::ranges::find(policy.key_algorithms, algorithm) != policy.key_algorithms.end()) return {};
  std::string allowed;
  for (const auto& name : policy.key_algorithms) allowed += (allowed.empty() ? "" : ", ") + name;
  return not_allowed("the policy '" + policy.name + "' certifies no " + algorithm + " keys, only: " + allowed);
}

Actor device_of(const IdentityId& id) { return {"device:" + id.text(), Role::device, std::nullopt}; }

Result<KeyHash> digest_of(ByteView der) {
  TRY_LET(const auto hashed, crypto::hash(crypto::HashAlgorithm::sha256, {der}), "hash certificate");
  KeyHash digest{};
  std::ranges::copy(hashed, digest.begin());
  return digest;
}

Result<bool> is_that(const std::optional<Certificate>& issued, ByteView presented) {
  if (!issued) return false;
  if (!issued->der.empty()) return std::ranges::equal(issued->der, presented);
  TRY_LET(const auto digest, digest_of(presented), "hash certificate");
  return issued->digest == digest;
}

Result<void> issue(const Case& c, const Holder& holder, const std::string& event, const Details& about) {
  const auto& [identity, anchor, policy] = holder;
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

void record_refusal(const Case& c, const std::string& what, const Error& why, Details about,
                    const std::optional<IdentityId>& identity) {
  about["reason"] = why.message();
  about["key_sha256"] = to_hex(c.asker.hash);
  Event event = make_event(c.now, the_registry(), what, std::move(about));
  event.identity = identity;
  c.tx.record(std::move(event));
}

Result<void> do_or_record(Transaction& tx, const std::function<Result<void>()>& work, std::optional<Error>& refusal,
                          const std::function<Result<void>(const Error&)>& record) {
  auto done = tx.attempt(work);
  if (done.ok() || done.error().code() != ErrorCode::refused) return done;
  refusal = done.error();
  return record(done.error());
}

Result<EnrolmentAnswer> settle(const Result<void>& done, const std::optional<Error>& refusal,
                               const std::optional<EnrolmentAnswer>& answer) {
  if (!done.ok()) return not_at_present(done.error());
  if (refusal) return *refusal;
  if (!answer) return Error(ErrorCode::internal, "an enrolment ended without an answer");
  return *answer;
}

}  // namespace holdfast::domain
