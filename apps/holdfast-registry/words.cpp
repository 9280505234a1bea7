#include "apps/holdfast-registry/words.hpp"

#include "core/encoding.hpp"

namespace holdfast::registry_app {
namespace {

Json time_of(const std::optional<Timestamp>& time) { return time ? Json(format_rfc3339(*time)) : Json(); }

template <typename T>
Json id_of(const std::optional<domain::Id<T>>& id) {
  return id ? Json(id->text()) : Json();
}

std::string_view condition_of(const domain::Certificate& certificate, Timestamp now) {
  if (certificate.status == domain::CertificateStatus::good && now > certificate.not_after) return "expired";
  return name_of(certificate.status);
}

std::string_view condition_of(const domain::Grant& grant, Timestamp now) {
  if (grant.state == domain::GrantState::open && now > grant.expires) return "expired";
  return name_of(grant.state);
}

std::string_view condition_of(const domain::Token& token, Timestamp now) {
  if (token.ended) return "ended";
  return now > token.expires ? "expired" : "valid";
}

// "7d", "36h": the largest unit that leaves no rest.
std::string span_text(std::chrono::seconds span) {
  const auto count = span.count();
  struct Unit {
    std::int64_t seconds;
    char letter;
  };
  for (const Unit unit : {Unit{86'400, 'd'}, Unit{3'600, 'h'}, Unit{60, 'm'}}) {
    if (count != 0 && count % unit.seconds == 0) return std::to_string(count / unit.seconds) + unit.letter;
  }
  return std::to_string(count) + 's';
}

}  // namespace

Result<std::string> name_owner(domain::Transaction& tx, const domain::OwnerId& id) {
  TRY_LET(const auto owner, tx.owners().find(id), "find owner");
  if (!owner) return id.text();
  const std::string gone = owner->standing == domain::OwnerStanding::left ? ", left" : "";
  if (owner->kind == domain::OwnerKind::team) return owner->name + (gone.empty() ? "" : " (left)");
  return owner->name + " (" + owner->key + gone + ")";
}

Json json_of(const domain::Owner& owner) {
  return {{"id", owner.id.text()},
          {"kind", owner.kind == domain::OwnerKind::person ? "person" : "team"},
          {"name", owner.name},
          {"key", owner.key},
          {"team", id_of(owner.team)},
          {"standing", owner.standing == domain::OwnerStanding::active ? "active" : "left"},
          {"left_at", time_of(owner.left_at)}};
}

Result<Json> json_of(domain::Transaction& tx, const domain::Identity& identity) {
  TRY_LET(const auto business, name_owner(tx, identity.owners.business), "name owner");
  TRY_LET(const auto technical, name_owner(tx, identity.owners.technical), "name owner");
  return Json{{"id", identity.id.text()},
              {"name", identity.name},
              {"purpose", identity.purpose},
              {"environment", identity.environment},
              {"group", identity.group},
              {"business_owner", business},
              {"technical_owner", technical},
              {"tier", name_of(identity.tier)},
              {"state", name_of(identity.state)},
              {"state_before", identity.state_before ? Json(name_of(*identity.state_before)) : Json()},
              {"policy", identity.policy},
              {"created", format_rfc3339(identity.created)},
              {"last_seen", time_of(identity.last_seen)},
              {"next_review", time_of(identity.next_review)},
              {"retire_after", time_of(identity.retire_after)},
              {"retirement_condition", identity.retirement_condition},
              {"orphaned_since", time_of(identity.orphaned_since)}};
}

Json json_of(const domain::Anchor& anchor) {
  return {{"id", anchor.id.text()},
          {"key_sha256", to_hex(anchor.key)},
          {"key_algorithm", anchor.key_algorithm},
          {"generation", anchor.generation},
          {"kind", anchor.kind},
          {"component", anchor.component},
          {"version", anchor.version},
          {"place_of_issue", anchor.place_of_issue},
          {"predecessor", id_of(anchor.predecessor)},
          {"created", format_rfc3339(anchor.created)},
          {"ended", time_of(anchor.ended)}};
}

Json json_of(const domain::Certificate& certificate, Timestamp now) {
  return {{"serial", certificate.serial},
          {"algorithm", certificate.algorithm},
          {"not_before", format_rfc3339(certificate.not_before)},
          {"not_after", format_rfc3339(certificate.not_after)},
          {"status", condition_of(certificate, now)},
          {"reason", certificate.reason ? Json(name_of(*certificate.reason)) : Json()},
          {"revoked_at", time_of(certificate.revoked_at)},
          {"anchor", certificate.anchor.text()}};
}

Result<Json> json_of(domain::Transaction& tx, const domain::Grant& grant, Timestamp now) {
  TRY_LET(const auto business, name_owner(tx, grant.intent.owners.business), "name owner");
  TRY_LET(const auto technical, name_owner(tx, grant.intent.owners.technical), "name owner");
  return Json{{"id", grant.id.text()},
              {"state", condition_of(grant, now)},
              {"name", grant.intent.name},
              {"purpose", grant.intent.purpose},
              {"environment", grant.intent.environment},
              {"group", grant.intent.group},
              {"business_owner", business},
              {"technical_owner", technical},
              {"policy", grant.intent.policy},
              {"created", format_rfc3339(grant.created)},
              {"created_by", grant.created_by},
              {"expires", format_rfc3339(grant.expires)},
              {"identity", id_of(grant.identity)}};
}

Json json_of(const domain::Incident& incident) {
  return {{"id", incident.id.text()},
          {"kind", name_of(incident.kind)},
          {"identity", incident.identity.text()},
          {"what", incident.what},
          {"opened", format_rfc3339(incident.opened)},
          {"state", incident.resolved ? "resolved" : "open"},
          {"resolved", time_of(incident.resolved)},
          {"resolution", incident.resolution},
          {"resolved_by", incident.resolved_by}};
}

Json json_of(const domain::Operator& person) {
  return {{"id", person.id.text()},
          {"name", person.name},
          {"role", name_of(person.role)},
          {"owner", id_of(person.owner)},
          {"created", format_rfc3339(person.created)},
          {"state", person.removed ? "removed" : "active"}};
}

Json json_of(const domain::Token& token, Timestamp now) {
  return {{"id", token.id.text()},
          {"operator", token.of.text()},
          {"use", token.use == domain::TokenUse::once ? "once" : "until expiry"},
          {"created", format_rfc3339(token.created)},
          {"expires", format_rfc3339(token.expires)},
          {"state", condition_of(token, now)}};
}

Json json_of(const domain::Policy& policy) {
  return {{"name", policy.name},
          {"key_algorithms", policy.key_algorithms},
          {"validity", span_text(policy.validity)},
          {"renewal_grace", span_text(policy.renewal_grace)},
          {"orphan_grace", span_text(policy.orphan_grace)},
          {"review_every", span_text(policy.review_every)},
          {"approval", policy.approval == domain::Approval::required ? "required" : "none"},
          {"spiffe_trust_domain", policy.spiffe_trust_domain}};
}

Json json_of(const domain::Event& event) {
  return {{"at", format_rfc3339(event.at)},
          {"actor", event.actor},
          {"type", event.type},
          {"identity", id_of(event.identity)},
          {"details", event.details}};
}

Json list_of(Json items) {
  if (items.is_null()) items = Json::array();
  return Json{{"items", std::move(items)}};
}

}  // namespace holdfast::registry_app
