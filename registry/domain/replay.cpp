#include "registry/domain/replay.hpp"

#include <functional>
#include <map>

#include "registry/domain/authority_record.hpp"
#include "registry/domain/from_event.hpp"
#include "registry/domain/image_commands.hpp"
#include "registry/domain/lifecycle.hpp"

namespace holdfast::domain {
namespace {

Error unfit(const Event& event, const std::string& why) {
  return {ErrorCode::malformed, "an event '" + event.type + "' does not fit the registry: " + why};
}

// What is found under the identifier in a fact of the event.
template <typename AnyId, typename Repository>
auto stored(const Event& event, const std::string& name, Repository& repository)
    -> Result<typename decltype(repository.find(std::declval<AnyId>()))::value_type::value_type> {
  TRY_LET(const auto id, fact_id<AnyId>(event, name), "read identifier");
  TRY_LET(auto found, repository.find(id), "find");
  if (found) return *std::move(found);
  return unfit(event, "there is no " + id.text());
}

Result<void> nothing(Transaction&, const Event&) { return {}; }

Result<void> add_owner(Transaction& tx, const Event& event) {
  TRY_LET(const auto owner, owner_from(event), "read owner");
  return tx.owners().add(owner);
}

Result<void> change_owner(Transaction& tx, const Event& event) {
  TRY_LET(auto owner, owner_from(event), "read owner");
  TRY_LET(const auto before, tx.owners().find(owner.id), "find owner");
  // Whoever has left has not left anew with another name.
  if (before && before->left_at && owner.left_at) owner.left_at = before->left_at;
  return tx.owners().update(owner);
}

Result<void> set_policy(Transaction& tx, const Event& event) {
  TRY_LET(const auto text, fact(event, "policy"), "read policy");
  TRY_LET(const auto policy, parse_policy(text), "read policy");
  return tx.policies().put(policy);
}

Result<void> add_operator(Transaction& tx, const Event& event) {
  TRY_LET(const auto person, operator_from(event), "read operator");
  return tx.operators().add(person);
}

Result<void> end_tokens(Transaction& tx, const OperatorId& of, Timestamp now) {
  TRY_LET(const auto tokens, tx.operators().tokens(), "list tokens");
  for (const Token& token : tokens) {
    if (token.of == of && !token.ended) TRY(tx.operators().end_token(token.id, now), "end token");
  }
  return {};
}

Result<void> remove_operator(Transaction& tx, const Event& event) {
  TRY_LET(auto person, stored<OperatorId>(event, "operator.id", tx.operators()), "find operator");
  person.removed = event.at;
  TRY(tx.operators().update(person), "store operator");
  return end_tokens(tx, person.id, event.at);
}

Result<void> add_token(Transaction& tx, const Event& event) {
  TRY_LET(const auto token, token_from(event), "read token");
  return tx.operators().add_token(token);
}

Result<void> end_token(Transaction& tx, const Event& event) {
  TRY_LET(const auto id, fact_id<TokenId>(event, "token.id"), "read token");
  return tx.operators().end_token(id, event.at);
}

Result<void> add_grant(Transaction& tx, const Event& event) {
  TRY_LET(const auto grant, grant_from(event), "read grant");
  return tx.grants().add(grant);
}

Result<void> revoke_grant(Transaction& tx, const Event& event) {
  TRY_LET(const auto id, fact_id<GrantId>(event, "grant.id"), "read grant");
  return tx.grants().revoke(id);
}

// The identity's row as the event has it, but for what the event does not tell.
Result<Identity> changed_identity(const Event& event, const Identity& before) {
  TRY_LET(Identity after, identity_from(event), "read identity");
  after.created = before.created;
  after.last_seen = before.last_seen;
  return after;
}

Result<Identity> stored_identity(Transaction& tx, const Event& event) {
  TRY_LET(const auto id, subject_of(event), "read identity");
  return load_identity(tx, id);
}

Result<void> add_identity(Transaction& tx, const Event& event) {
  TRY_LET(const auto identity, identity_from(event), "read identity");
  TRY_LET(const auto anchor, anchor_from(event), "read anchor");
  TRY_LET(const auto grant, fact_id<GrantId>(event, "grant.id"), "read grant");
  TRY(tx.identities().add(identity), "store identity");
  TRY(tx.anchors().add(anchor), "store anchor");
  return tx.grants().use(grant, anchor.key, identity.id);
}

Result<void> request(Transaction& tx, const Event& event) {
  TRY(add_identity(tx, event), "add identity");
  TRY_LET(const auto anchor, anchor_from(event), "read anchor");
  TRY_LET(const auto grant, fact_id<GrantId>(event, "grant.id"), "read grant");
  TRY_LET(auto id, RequestId::create(event.at), "name request");
  return tx.enrolments().add({std::move(id), grant, anchor.identity, anchor.key, event.at});
}

Result<void> add_certificate(Transaction& tx, const Event& event) {
  TRY_LET(const auto certificate, certificate_from(event), "read certificate");
  return tx.certificates().add(certificate);
}

// At once, or what had waited for approval.
Result<void> enrol(Transaction& tx, const Event& event) {
  TRY_LET(const auto id, subject_of(event), "read identity");
  TRY_LET(const auto known, tx.identities().find(id), "find identity");
  TRY_LET(const auto waiting, tx.enrolments().of_identity(id), "find request");
  if (!known) TRY(add_identity(tx, event), "add identity");
  if (waiting) TRY(tx.enrolments().remove(waiting->id), "remove request");
  return add_certificate(tx, event);
}

Result<void> renew(Transaction& tx, const Event& event) {
  TRY_LET(Identity identity, stored_identity(tx, event), "find identity");
  identity.last_seen = event.at;
  TRY(tx.identities().update(identity), "store identity");
  return add_certificate(tx, event);
}

Result<void> change_state(Transaction& tx, const Event& event) {
  TRY_LET(const Identity before, stored_identity(tx, event), "find identity");
  TRY_LET(const Identity after, changed_identity(event, before), "read identity");
  const auto said = event.details.find("revocation_reason");
  const auto reason = find_revocation_reason(said == event.details.end() ? "" : said->second);
  TRY(carry_through(tx, after, before.state, reason.value_or(RevocationReason::unspecified), event.at),
      "carry through");
  return {};
}

Result<void> change_identity(Transaction& tx, const Event& event) {
  TRY_LET(const Identity before, stored_identity(tx, event), "find identity");
  TRY_LET(const Identity after, changed_identity(event, before), "read identity");
  return tx.identities().update(after);
}

Result<void> register_image(Transaction& tx, const Event& event) {
  TRY_LET(const auto name, fact(event, "image.name"), "read image");
  TRY_LET(const auto keys, fact_hashes(event, "image.keys"), "read image");
  TRY(add_image_keys(tx, {name, event.at, event.actor, 0}, keys), "store keys");
  return {};
}

Result<void> accept_authority(Transaction& tx, const Event& event) {
  TRY_LET(const auto chain, authority_from(event), "read authority");
  return put_authority(tx, chain);
}

Result<void> start_transfer(Transaction& tx, const Event& event) {
  TRY_LET(const auto transfer, transfer_from(event), "read transfer");
  return tx.transfers().add(transfer);
}

Result<void> end_transfer(Transaction& tx, const Event& event) {
  TRY_LET(auto transfer, stored<TransferId>(event, "transfer.id", tx.transfers()), "find transfer");
  transfer.taken_by = event.actor;
  transfer.done = event.at;
  TRY(tx.transfers().update(transfer), "store transfer");
  return change_identity(tx, event);
}

Result<void> open_incident(Transaction& tx, const Event& event) {
  TRY_LET(const auto incident, incident_from(event), "read incident");
  return tx.incidents().add(incident);
}

Result<void> resolve_incident(Transaction& tx, const Event& event) {
  TRY_LET(auto incident, stored<IncidentId>(event, "incident.id", tx.incidents()), "find incident");
  TRY_LET(incident.resolution, fact(event, "incident.resolution"), "read incident");
  incident.resolved = event.at;
  incident.resolved_by = event.actor;
  return tx.incidents().update(incident);
}

Result<void> ask(Transaction& tx, const Event& event) {
  TRY_LET(auto id, fact_id<ApprovalId>(event, "approval.id"), "read approval");
  TRY_LET(auto action, fact(event, "approval.action"), "read approval");
  return tx.approvals().add({std::move(id), std::move(action), event.actor, event.at, "", std::nullopt});
}

Result<void> approve(Transaction& tx, const Event& event) {
  TRY_LET(auto approval, stored<ApprovalId>(event, "approval.id", tx.approvals()), "find approval");
  approval.approved_by = event.actor;
  approval.done = event.at;
  return tx.approvals().update(approval);
}

using Do = Result<void> (*)(Transaction&, const Event&);

// Everything that is ever recorded, but for "registry.founded", which is the first entry and so in every backup.
const std::map<std::string, Do, std::less<>>& kinds() {
  static const std::map<std::string, Do, std::less<>> kKinds{
      {"owner.added", add_owner},
      {"owner.changed", change_owner},
      {"owner.left", change_owner},
      {"policy.set", set_policy},
      {"operator.added", add_operator},
      {"operator.removed", remove_operator},
      {"token.created", add_token},
      {"token.used", end_token},
      {"token.revoked", end_token},
      {"grant.created", add_grant},
      {"grant.revoked", revoke_grant},
      {"identity.requested", request},
      {"identity.enrolled", enrol},
      {"certificate.renewed", renew},
      {"identity.pending", change_state},
      {"identity.active", change_state},
      {"identity.rotating", change_state},
      {"identity.suspended", change_state},
      {"identity.retired", change_state},
      {"identity.revoked", change_state},
      {"identity.orphaned", change_identity},
      {"identity.reclaimed", change_identity},
      {"identity.transferred", end_transfer},
      {"transfer.started", start_transfer},
      {"incident.opened", open_incident},
      {"incident.resolved", resolve_incident},
      {"image.registered", register_image},
      {"authority.accepted", accept_authority},
      {"approval.asked", ask},
      {"approval.given", approve},
      // These tell what did not happen, or what happened to the log alone.
      {"enrolment.refused", nothing},
      {"renewal.refused", nothing},
      {"registry.loss-accepted", nothing},
  };
  return kKinds;
}

}  // namespace

Result<void> replay(Transaction& tx, const Event& event) {
  const auto found = kinds().find(event.type);
  if (found == kinds().end()) return unfit(event, "this program does not know events of that kind; a newer one may");
  TRY(found->second(tx, event), "do again");
  tx.record(event);
  return {};
}

}  // namespace holdfast::domain
