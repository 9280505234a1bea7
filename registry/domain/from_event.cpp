#include "registry/domain/from_event.hpp"

#include <algorithm>
#include <charconv>

#include "core/encoding.hpp"

namespace holdfast::domain {
namespace {

Error senseless(const Event& event, const std::string& name) {
  return {ErrorCode::malformed, "an event '" + event.type + "' makes no sense in '" + name + "'"};
}

template <typename AnyId>
Result<std::optional<AnyId>> maybe_id(const Event& event, const std::string& name) {
  TRY_LET(const auto text, fact(event, name), "read fact");
  if (text.empty()) return std::optional<AnyId>();
  TRY_LET(auto id, fact_id<AnyId>(event, name), "read identifier");
  return std::optional(std::move(id));
}

Result<std::optional<Timestamp>> maybe_time(const Event& event, const std::string& name) {
  TRY_LET(const auto text, fact(event, name), "read fact");
  if (text.empty()) return std::optional<Timestamp>();
  const auto time = parse_rfc3339(text);
  if (!time.ok()) return senseless(event, name);
  return std::optional(*time);
}

Result<Timestamp> time_of(const Event& event, const std::string& name) {
  TRY_LET(const auto time, maybe_time(event, name), "read time");
  if (time) return *time;
  return senseless(event, name);
}

std::optional<KeyHash> parse_hash(std::string_view digits) {
  const auto bytes = parse_hex(digits);
  KeyHash hash{};
  if (!bytes.ok() || bytes->size() != hash.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Result<KeyHash> hash_of(const Event& event, const std::string& name) {
  TRY_LET(const auto text, fact(event, name), "read fact");
  if (const auto hash = parse_hash(text)) return *hash;
  return senseless(event, name);
}

Result<std::uint64_t> number_of(const Event& event, const std::string& name) {
  TRY_LET(const auto text, fact(event, name), "read fact");
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return senseless(event, name);
  return number;
}

template <typename Find>
auto named(const Event& event, const std::string& name, Find find)
    -> Result<typename decltype(find(std::string_view()))::value_type> {
  TRY_LET(const auto text, fact(event, name), "read fact");
  if (const auto found = find(std::string_view(text))) return *found;
  return senseless(event, name);
}

Result<Ownership> ownership_from(const Event& event, const std::string& prefix) {
  TRY_LET(auto business, fact_id<OwnerId>(event, prefix + "business_owner"), "read owner");
  TRY_LET(auto technical, fact_id<OwnerId>(event, prefix + "technical_owner"), "read owner");
  return Ownership{std::move(business), std::move(technical)};
}

}  // namespace

Result<std::string> fact(const Event& event, const std::string& name) {
  const auto found = event.details.find(name);
  if (found != event.details.end()) return found->second;
  return Error(ErrorCode::malformed, "an event '" + event.type + "' says nothing about '" + name + "'");
}

Result<std::vector<KeyHash>> fact_hashes(const Event& event, const std::string& name) {
  TRY_LET(const auto text, fact(event, name), "read fact");
  std::vector<KeyHash> hashes;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    const auto hash = parse_hash(std::string_view(text).substr(begin, end - begin));
    if (!hash) return senseless(event, name);
    hashes.push_back(*hash);
    begin = end + 1;
  }
  return hashes;
}

Result<IdentityId> subject_of(const Event& event) {
  if (event.identity) return *event.identity;
  return Error(ErrorCode::malformed, "an event '" + event.type + "' is about no identity");
}

Result<Identity> identity_from(const Event& event) {
  TRY_LET(auto id, subject_of(event), "read identity");
  TRY_LET(auto name, fact(event, "name"), "read identity");
  TRY_LET(auto purpose, fact(event, "purpose"), "read identity");
  TRY_LET(auto environment, fact(event, "environment"), "read identity");
  TRY_LET(auto group, fact(event, "group"), "read identity");
  TRY_LET(auto owners, ownership_from(event, ""), "read identity");
  TRY_LET(const auto tier, named(event, "tier", find_tier), "read identity");
  TRY_LET(const auto state, named(event, "state", find_identity_state), "read identity");
  TRY_LET(const auto before, fact(event, "state_before"), "read identity");
  TRY_LET(auto policy, fact(event, "policy"), "read identity");
  TRY_LET(const auto next_review, maybe_time(event, "next_review"), "read identity");
  TRY_LET(const auto retire_after, maybe_time(event, "retire_after"), "read identity");
  TRY_LET(auto condition, fact(event, "retirement_condition"), "read identity");
  TRY_LET(const auto orphaned, maybe_time(event, "orphaned_since"), "read identity");
  return Identity{.id = std::move(id),
                  .name = std::move(name),
                  .purpose = std::move(purpose),
                  .environment = std::move(environment),
                  .group = std::move(group),
                  .owners = std::move(owners),
                  .tier = tier,
                  .state = state,
                  .state_before = find_identity_state(before),
                  .policy = std::move(policy),
                  .created = event.at,
                  .last_seen = event.at,
                  .next_review = next_review,
                  .retire_after = retire_after,
                  .retirement_condition = std::move(condition),
                  .orphaned_since = orphaned};
}

Result<Anchor> anchor_from(const Event& event) {
  TRY_LET(auto identity, subject_of(event), "read anchor");
  TRY_LET(auto id, fact_id<AnchorId>(event, "anchor.id"), "read anchor");
  TRY_LET(const auto key, hash_of(event, "anchor.key_sha256"), "read anchor");
  TRY_LET(auto algorithm, fact(event, "anchor.key_algorithm"), "read anchor");
  TRY_LET(const auto generation, number_of(event, "anchor.generation"), "read anchor");
  TRY_LET(auto kind, fact(event, "anchor.kind"), "read anchor");
  TRY_LET(auto component, fact(event, "anchor.component"), "read anchor");
  TRY_LET(auto version, fact(event, "anchor.version"), "read anchor");
  TRY_LET(auto place, fact(event, "anchor.place_of_issue"), "read anchor");
  TRY_LET(auto predecessor, maybe_id<AnchorId>(event, "anchor.predecessor"), "read anchor");
  return Anchor{.id = std::move(id),
                .identity = std::move(identity),
                .key = key,
                .key_algorithm = std::move(algorithm),
                .generation = generation,
                .kind = std::move(kind),
                .component = std::move(component),
                .version = std::move(version),
                .place_of_issue = std::move(place),
                .predecessor = std::move(predecessor),
                .created = event.at,
                .ended = std::nullopt};
}

Result<Certificate> certificate_from(const Event& event) {
  TRY_LET(auto identity, subject_of(event), "read certificate");
  TRY_LET(auto serial, fact(event, "certificate.serial"), "read certificate");
  TRY_LET(auto anchor, fact_id<AnchorId>(event, "certificate.anchor"), "read certificate");
  TRY_LET(auto algorithm, fact(event, "certificate.algorithm"), "read certificate");
  TRY_LET(const auto not_before, time_of(event, "certificate.not_before"), "read certificate");
  TRY_LET(const auto not_after, time_of(event, "certificate.not_after"), "read certificate");
  TRY_LET(const auto digest, hash_of(event, "certificate.sha256"), "read certificate");
  return Certificate{.serial = std::move(serial),
                     .identity = std::move(identity),
                     .anchor = std::move(anchor),
                     .algorithm = std::move(algorithm),
                     .not_before = not_before,
                     .not_after = not_after,
                     .status = CertificateStatus::good,
                     .reason = std::nullopt,
                     .revoked_at = std::nullopt,
                     .digest = digest,
                     .der = {}};
}

Result<Owner> owner_from(const Event& event) {
  TRY_LET(auto id, fact_id<OwnerId>(event, "owner.id"), "read owner");
  TRY_LET(const auto kind, named(event, "owner.kind", find_owner_kind), "read owner");
  TRY_LET(auto name, fact(event, "owner.name"), "read owner");
  TRY_LET(auto key, fact(event, "owner.key"), "read owner");
  TRY_LET(auto team, maybe_id<OwnerId>(event, "owner.team"), "read owner");
  TRY_LET(const auto standing, named(event, "owner.standing", find_owner_standing), "read owner");
  return Owner{.id = std::move(id),
               .kind = kind,
               .name = std::move(name),
               .key = std::move(key),
               .team = std::move(team),
               .standing = standing,
               .left_at = standing == OwnerStanding::left ? std::optional(event.at) : std::nullopt};
}

Result<Grant> grant_from(const Event& event) {
  TRY_LET(auto id, fact_id<GrantId>(event, "grant.id"), "read grant");
  TRY_LET(const auto secret_hash, hash_of(event, "grant.secret_sha256"), "read grant");
  TRY_LET(const auto expires, time_of(event, "grant.expires"), "read grant");
  TRY_LET(auto name, fact(event, "name"), "read grant");
  TRY_LET(auto purpose, fact(event, "purpose"), "read grant");
  TRY_LET(auto environment, fact(event, "environment"), "read grant");
  TRY_LET(auto group, fact(event, "group"), "read grant");
  TRY_LET(auto owners, ownership_from(event, ""), "read grant");
  TRY_LET(auto policy, fact(event, "policy"), "read grant");
  TRY_LET(const auto retire_after, maybe_time(event, "retire_after"), "read grant");
  TRY_LET(auto condition, fact(event, "retirement_condition"), "read grant");
  return Grant{.id = std::move(id),
               .secret_hash = secret_hash,
               .state = GrantState::open,
               .intent = Intent{.name = std::move(name),
                                .purpose = std::move(purpose),
                                .environment = std::move(environment),
                                .group = std::move(group),
                                .owners = std::move(owners),
                                .policy = std::move(policy),
                                .retire_after = retire_after,
                                .retirement_condition = std::move(condition)},
               .created = event.at,
               .expires = expires,
               .created_by = event.actor,
               .used_by = std::nullopt,
               .identity = std::nullopt};
}

Result<Operator> operator_from(const Event& event) {
  TRY_LET(auto id, fact_id<OperatorId>(event, "operator.id"), "read operator");
  TRY_LET(auto name, fact(event, "operator.name"), "read operator");
  TRY_LET(const auto role, named(event, "operator.role", find_operator_role), "read operator");
  TRY_LET(auto owner, maybe_id<OwnerId>(event, "operator.owner"), "read operator");
  return Operator{std::move(id), std::move(name), role, std::move(owner), event.at, std::nullopt};
}

Result<Token> token_from(const Event& event) {
  TRY_LET(auto id, fact_id<TokenId>(event, "token.id"), "read token");
  TRY_LET(auto of, fact_id<OperatorId>(event, "token.operator"), "read token");
  TRY_LET(const auto hash, hash_of(event, "token.secret_sha256"), "read token");
  TRY_LET(const auto use, named(event, "token.use", find_token_use), "read token");
  TRY_LET(const auto expires, time_of(event, "token.expires"), "read token");
  return Token{std::move(id), std::move(of), hash, use, event.at, expires, std::nullopt};
}

Result<Transfer> transfer_from(const Event& event) {
  TRY_LET(auto id, fact_id<TransferId>(event, "transfer.id"), "read transfer");
  TRY_LET(auto identity, subject_of(event), "read transfer");
  TRY_LET(auto to, ownership_from(event, "transfer."), "read transfer");
  return Transfer{std::move(id), std::move(identity), std::move(to), event.actor, event.at, "", std::nullopt};
}

Result<Incident> incident_from(const Event& event) {
  TRY_LET(auto id, fact_id<IncidentId>(event, "incident.id"), "read incident");
  TRY_LET(const auto kind, named(event, "incident.kind", find_incident_kind), "read incident");
  TRY_LET(auto identity, subject_of(event), "read incident");
  TRY_LET(auto what, fact(event, "incident.what"), "read incident");
  return Incident{.id = std::move(id),
                  .kind = kind,
                  .identity = std::move(identity),
                  .what = std::move(what),
                  .opened = event.at,
                  .resolved = std::nullopt,
                  .resolution = "",
                  .resolved_by = ""};
}

}  // namespace holdfast::domain
