#include "registry/domain/draft.hpp"

#include <algorithm>

#include "registry/domain/grant_commands.hpp"

namespace holdfast::domain {
namespace {

// For whom a certificate may have to be signed.
struct Holder {
  IdentityId identity;
  std::string name;
  Policy policy;
};

std::optional<Draft> sign(CertificateIssuer& issuer, std::optional<Holder> holder, const crypto::PublicKey& key,
                          Timestamp now) {
  if (!holder) return std::nullopt;
  const auto& names = holder->policy.key_algorithms;
  if (std::ranges::find(names, crypto::row_of(key.algorithm()).name) == names.end()) return std::nullopt;
  auto certificate = certify(issuer, {holder->identity, holder->name, holder->policy}, key, now);
  if (!certificate.ok()) return std::nullopt;
  return Draft{std::move(holder->identity), std::move(holder->name), std::move(holder->policy),
               *std::move(certificate)};
}

}  // namespace

Result<FreshCertificate> certify(CertificateIssuer& issuer, const CertificateHolder& holder,
                                 const crypto::PublicKey& key, Timestamp now) {
  return issuer.issue({.identity = holder.identity,
                       .name = holder.name,
                       .spiffe_trust_domain = holder.policy.spiffe_trust_domain,
                       .key = key,
                       .now = now,
                       .validity = holder.policy.validity});
}

std::optional<Draft> draft_enrolment(Database& database, CertificateIssuer& issuer, const GrantCredentials& credentials,
                                     const crypto::PublicKey& key, Timestamp now) {
  std::optional<Holder> holder;
  const auto looked = database.read([&](Transaction& tx) -> Result<void> {
    TRY_LET(const Grant grant, open_grant(tx, credentials), "open grant");
    TRY_LET(auto policy, tx.policies().find(grant.intent.policy), "find policy");
    const bool at_once = grant.state == GrantState::open && policy && policy->approval == Approval::none;
    if (!at_once) return {};
    TRY_LET(auto id, IdentityId::create(now), "name identity");
    holder = Holder{std::move(id), grant.intent.name, *std::move(policy)};
    return {};
  });
  return looked.ok() ? sign(issuer, std::move(holder), key, now) : std::nullopt;
}

std::optional<Draft> draft_renewal(Database& database, CertificateIssuer& issuer, const std::string& serial,
                                   const crypto::PublicKey& key, Timestamp now) {
  std::optional<Holder> holder;
  const auto looked = database.read([&](Transaction& tx) -> Result<void> {
    TRY_LET(const auto old, tx.certificates().find(serial), "find certificate");
    if (!old || old->status != CertificateStatus::good) return {};
    TRY_LET(auto identity, tx.identities().find(old->identity), "find identity");
    if (!identity) return {};
    TRY_LET(auto policy, tx.policies().find(identity->policy), "find policy");
    if (policy) holder = Holder{std::move(identity->id), std::move(identity->name), *std::move(policy)};
    return {};
  });
  return looked.ok() ? sign(issuer, std::move(holder), key, now) : std::nullopt;
}

}  // namespace holdfast::domain
