#include "registry/domain/lifecycle.hpp"

#include <algorithm>

#include "registry/domain/describe.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

std::string count_text(const std::vector<std::string>& serials) { return std::to_string(serials.size()); }

std::string list_text(const std::vector<std::string>& serials) {
  constexpr std::size_t kMostListed = 1000;  // an entry of the log has its limit, and the rest is counted
  std::string text;
  for (std::size_t i = 0; i < serials.size() && i < kMostListed; ++i) text += (i == 0 ? "" : " ") + serials[i];
  return text;
}

// What the change does to the identity's certificates; the serial numbers of those that it concerns.
Result<std::vector<std::string>> change_certificates(Transaction& tx, const Identity& after, IdentityState from,
                                                     RevocationReason revocation, Timestamp now) {
  using enum CertificateStatus;
  auto& certificates = tx.certificates();
  if (after.state == IdentityState::suspended) {
    return certificates.change_all(after.id, good, on_hold, std::nullopt, now);
  }
  if (!is_terminal(after.state)) {
    if (from != IdentityState::suspended) return std::vector<std::string>();
    return certificates.change_all(after.id, on_hold, good, std::nullopt, now);
  }
  const auto reason = after.state == IdentityState::retired ? RevocationReason::cessation_of_operation : revocation;
  TRY_LET(auto serials, certificates.change_all(after.id, good, CertificateStatus::revoked, reason, now), "revoke");
  TRY_LET(const auto held, certificates.change_all(after.id, on_hold, CertificateStatus::revoked, reason, now),
          "revoke");
  serials.insert(serials.end(), held.begin(), held.end());
  return serials;
}

// One that nobody has looked at yet says enough: whoever goes on opens no more of them.
Result<std::optional<IncidentId>> open_incident_of(Transaction& tx, const IdentityId& id, IncidentKind kind) {
  constexpr std::size_t kMostLookedAt = 100;
  TRY_LET(const auto incidents, tx.incidents().list(id, true, kMostLookedAt), "list incidents");
  const auto found = std::ranges::find(incidents, kind, &Incident::kind);
  return found == incidents.end() ? std::nullopt : std::optional(found->id);
}

Result<void> end_anchors(Transaction& tx, const IdentityId& identity, Timestamp now) {
  TRY_LET(const auto anchors, tx.anchors().of_identity(identity), "list anchors");
  for (const Anchor& anchor : anchors) {
    if (!anchor.ended) TRY(tx.anchors().end(anchor.id, now), "end anchor");
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> carry_through(Transaction& tx, const Identity& after, IdentityState from,
                                               RevocationReason revocation, Timestamp now) {
  TRY_LET(auto serials, change_certificates(tx, after, from, revocation, now), "change certificates");
  if (is_terminal(after.state)) TRY(end_anchors(tx, after.id, now), "end anchors");
  TRY(tx.identities().update(after), "store identity");
  return serials;
}

Result<void> check_reason(const std::string& reason) {
  constexpr std::size_t kMost = 500;
  if (reason.size() <= kMost) return {};
  return Error(ErrorCode::usage,
               "'reason' has at most 500 bytes, and " + std::to_string(reason.size()) + " were given");
}

Result<Identity> load_identity(Transaction& tx, const IdentityId& id) {
  TRY_LET(auto found, tx.identities().find(id), "find identity");
  if (found) return *std::move(found);
  return Error(ErrorCode::not_found, "there is no identity " + id.text());
}

Result<Identity> change_state(Transaction& tx, const Actor& actor, const StateChange& change, Timestamp now) {
  TRY(check_reason(change.reason), "check reason");
  TRY_LET(Identity identity, load_identity(tx, change.identity), "load identity");
  TRY(check_concerns(actor, identity), "check ownership");
  TRY(check_transition(identity.state, identity.state_before, change.to, actor.role), "check transition");
  const IdentityState from = identity.state;
  identity.state = change.to;
  identity.state_before = change.to == IdentityState::suspended ? std::optional(from) : std::nullopt;
  TRY_LET(const auto serials, carry_through(tx, identity, from, change.revocation, now), "carry through");
  Details details = describe(identity);
  details["reason"] = change.reason;
  details["certificates"] = count_text(serials);
  details["certificate_serials"] = list_text(serials);
  if (change.to == IdentityState::revoked) details["revocation_reason"] = name_of(change.revocation);
  tx.record(make_event(now, actor, "identity." + std::string(name_of(change.to)), identity.id, std::move(details)));
  return identity;
}

Result<IncidentId> quarantine(Transaction& tx, const IdentityId& id, IncidentKind kind, const std::string& what,
                              Timestamp now) {
  TRY_LET(const Identity identity, load_identity(tx, id), "load identity");
  if (identity.state != IdentityState::suspended) {
    const StateChange change{.identity = id,
                             .to = IdentityState::suspended,
                             .reason = std::string(name_of(kind)) + ": " + what,
                             .revocation = RevocationReason::unspecified};
    TRY(change_state(tx, the_registry(), change, now), "suspend");
  }
  TRY_LET(const auto open, open_incident_of(tx, id, kind), "look for an open incident");
  if (open) return *open;
  TRY_LET(auto incident_id, IncidentId::create(now), "name incident");
  TRY(tx.incidents().add({.id = incident_id,
                          .kind = kind,
                          .identity = id,
                          .what = what,
                          .opened = now,
                          .resolved = std::nullopt,
                          .resolution = "",
                          .resolved_by = ""}),
      "open incident");
  tx.record(make_event(
      now, the_registry(), "incident.opened", id,
      {{"incident.id", incident_id.text()}, {"incident.kind", std::string(name_of(kind))}, {"incident.what", what}}));
  return incident_id;
}

Result<Incident> resolve_incident(Transaction& tx, const Actor& actor, const IncidentId& id,
                                  const std::string& resolution, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "resolve incidents"), "check role");
  if (resolution.empty()) return Error(ErrorCode::usage, "say what was found and done; it stands in the log");
  TRY_LET(auto found, tx.incidents().find(id), "find incident");
  if (!found) return Error(ErrorCode::not_found, "there is no incident " + id.text());
  Incident incident = *std::move(found);
  if (incident.resolved) {
    return Error(ErrorCode::refused,
                 "the incident was resolved at " + format_rfc3339(*incident.resolved) + " by " + incident.resolved_by);
  }
  incident.resolved = now;
  incident.resolution = resolution;
  incident.resolved_by = actor.name;
  TRY(tx.incidents().update(incident), "store incident");
  tx.record(make_event(now, actor, "incident.resolved", incident.identity,
                       {{"incident.id", id.text()}, {"incident.resolution", resolution}}));
  return incident;
}

}  // namespace holdfast::domain
