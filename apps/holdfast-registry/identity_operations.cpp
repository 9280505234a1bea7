#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/value_sets.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/enrolment.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/two_people.hpp"

namespace holdfast::registry_app {
namespace {

using domain::IdentityState;
using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<domain::IdentityFilter> filter_of(Transaction& tx, const Arguments& arguments) {
  domain::IdentityFilter filter;
  TRY_LET(const auto state, arguments.optional_text("state"), "read argument");
  filter.state = domain::find_identity_state(state);
  if (!state.empty() && !filter.state) {
    return none_of("state", identity_states());
  }
  TRY_LET(const auto owner, arguments.optional_text("owner"), "read argument");
  if (!owner.empty()) {
    TRY_LET(const auto found, domain::find_owner(tx, owner), "find owner");
    filter.owner = found.id;
  }
  TRY_LET(filter.group, arguments.optional_text("group"), "read argument");
  TRY_LET(filter.name_begins, arguments.optional_text("name"), "read argument");
  TRY_LET(filter.limit, arguments.count("limit", 100, 10'000), "read argument");
  TRY_LET(const auto after, arguments.optional_text("after"), "read argument");
  if (!after.empty()) {
    TRY_LET(filter.after, domain::IdentityId::parse(after), "read argument");
  }
  return filter;
}

// Somebody in Role::owner sees what they own.
Result<void> keep_to_own(domain::IdentityFilter& filter, const domain::Actor& actor) {
  if (actor.role != domain::Role::owner) return {};
  if (filter.owner && filter.owner != actor.owner) {
    return Error(ErrorCode::refused, "'" + actor.name + "' sees the identities of one owner alone");
  }
  filter.owner = actor.owner;
  return {};
}

Result<Json> list(const Context& context, const Arguments& arguments) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(auto filter, filter_of(tx, arguments), "read filter");
    TRY(keep_to_own(filter, context.actor), "check owner");
    TRY_LET(const auto identities, tx.identities().list(filter), "list identities");
    Json items = Json::array();
    for (const auto& identity : identities) {
      TRY_LET(Json item, json_of(tx, identity), "describe identity");
      items.push_back(std::move(item));
    }
    Json result = list_of(std::move(items));
    result["next"] = identities.size() == filter.limit ? Json(identities.back().id.text()) : Json();
    return result;
  });
}

// How its certificates go on, by its policy.
Result<Json> renewal_of(Transaction& tx, const domain::Identity& identity) {
  TRY_LET(const auto policy, tx.policies().find(identity.policy), "find policy");
  if (!policy) return Json();
  return Json("same key; certificates for " + span_text(policy->validity) + ", renewed until " +
              span_text(policy->renewal_grace) + " after they expire");
}

Result<Json> show(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::IdentityId>("identity"), "read id");
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, domain::load_identity(tx, id), "load identity");
    TRY(domain::check_concerns(context.actor, identity), "check owner");
    TRY_LET(Json result, json_of(tx, identity), "describe identity");
    TRY_LET(result["renewal"], renewal_of(tx, identity), "describe renewal");
    TRY_LET(const auto anchors, tx.anchors().of_identity(id), "list anchors");
    result["anchors"] = Json::array();
    for (const auto& anchor : anchors) result["anchors"].push_back(json_of(anchor));
    TRY_LET(const auto certificates, tx.certificates().of_identity(id, 10), "list certificates");
    result["certificates"] = Json::array();
    for (const auto& certificate : certificates) result["certificates"].push_back(json_of(certificate, context.now));
    TRY_LET(const auto incidents, tx.incidents().list(id, true, 10), "list incidents");
    result["open_incidents"] = Json::array();
    for (const auto& incident : incidents) result["open_incidents"].push_back(json_of(incident));
    return result;
  });
}

Result<Json> approve(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::IdentityId>("identity"), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, domain::approve_enrolment(tx, context.actor, id, context.now), "approve");
    return json_of(tx, identity);
  });
}

Result<domain::RevocationReason> reason_code_of(const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.optional_text("code"), "read argument");
  if (typed.empty()) return domain::RevocationReason::unspecified;
  if (const auto reason = domain::find_revocation_reason(typed)) return *reason;
  return none_of("code", revocation_reasons());
}

Result<Json> change_one(const Context& context, const Arguments& arguments, IdentityState to) {
  TRY_LET(const auto id, arguments.id<domain::IdentityId>("identity"), "read id");
  TRY_LET(const auto reason, arguments.text("reason"), "read argument");
  TRY_LET(const auto code, reason_code_of(arguments), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, domain::change_state(tx, context.actor, {id, to, reason, code}, context.now),
            "change");
    return json_of(tx, identity);
  });
}

// All of a group or an owner: somebody else has to approve.
Result<Json> ask_for_many(const Context& context, const Arguments& arguments, IdentityState to) {
  domain::BulkChange bulk{.to = to, .group = "", .owner = std::nullopt, .reason = "", .revocation = {}};
  TRY_LET(bulk.group, arguments.optional_text("all-of-group"), "read argument");
  TRY_LET(const auto owner, arguments.optional_text("all-of-owner"), "read argument");
  TRY_LET(bulk.reason, arguments.text("reason"), "read argument");
  TRY_LET(bulk.revocation, reason_code_of(arguments), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    if (!owner.empty()) {
      TRY_LET(const auto found, domain::find_owner(tx, owner), "find owner");
      bulk.owner = found.id;
    }
    TRY_LET(const auto approval, domain::ask_for(tx, context.actor, bulk, context.now), "ask");
    return Json{{"approval", approval.id.text()}, {"waits_for", "another operator: 'approval give'"}};
  });
}

Result<Json> end(const Context& context, const Arguments& arguments, IdentityState to) {
  TRY_LET(const auto one, arguments.optional_text("identity"), "read argument");
  TRY_LET(const auto group, arguments.optional_text("all-of-group"), "read argument");
  TRY_LET(const auto owner, arguments.optional_text("all-of-owner"), "read argument");
  const bool many = !group.empty() || !owner.empty();
  if (one.empty() != many) {
    return Error(
        ErrorCode::usage,
        "name one identity by its id, or a whole group with --all-of-group, or all of an owner's with --all-of-owner");
  }
  return many ? ask_for_many(context, arguments, to) : change_one(context, arguments, to);
}

Result<Json> suspend(const Context& context, const Arguments& arguments) {
  return change_one(context, arguments, IdentityState::suspended);
}
Result<Json> retire(const Context& context, const Arguments& arguments) {
  return end(context, arguments, IdentityState::retired);
}
Result<Json> revoke(const Context& context, const Arguments& arguments) {
  return end(context, arguments, IdentityState::revoked);
}

Result<Json> resume(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::IdentityId>("identity"), "read id");
  TRY_LET(const auto reason, arguments.text("reason"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto before, domain::load_identity(tx, id), "load identity");
    if (!before.state_before) {
      return Error(ErrorCode::refused, "the identity is " + std::string(name_of(before.state)) + ", and not suspended");
    }
    const domain::StateChange back{id, *before.state_before, reason, domain::RevocationReason::unspecified};
    TRY_LET(const auto identity, domain::change_state(tx, context.actor, back, context.now), "resume");
    return json_of(tx, identity);
  });
}

const Parameter kOne{"identity", text, positional, "its id, as 'identity list' shows it"};
const Parameter kOneOrMany{"identity", text, optional_positional,
                           "its id, as 'identity list' shows it; none with --all-of-group or --all-of-owner"};
const Parameter kReason{"reason", text, required, "why; it stands in the log"};
const Parameter kCode{"code", text, optional, "what its certificates say of it (RFC 5280) [unspecified]",
                      revocation_reasons};
const Parameter kGroup{"all-of-group", text, optional,
                       "instead of one: all of this group, once another operator approves"};
const Parameter kOwner{
    "all-of-owner", text, optional,
    "instead of one: all of this owner's (mail address, team or id), once another operator approves"};

}  // namespace

std::span<const Operation> identity_operations() {
  static const std::vector<Operation> kRows{
      {"identity",
       "list",
       "List identities, the oldest first",
       "identity list --state active --group gates",
       {{"state", text, optional, "those in this state", identity_states},
        {"owner", text, optional, "those that this owner answers for: mail address, team or id"},
        {"group", text, optional, "those of this group"},
        {"name", text, optional, "those whose name begins so; listed by name"},
        {"limit", count, optional, "how many at most [100]"},
        {"after", text, optional, "those behind this id, the last one that was listed"}},
       {"id", "name", "state", "group", "business_owner", "technical_owner", "tier"},
       list},
      {"identity",
       "show",
       "Show an identity with its anchors, certificates and incidents",
       "identity show ID",
       {kOne},
       {},
       show},
      {"identity", "approve", "Let an enrolment that waits take effect", "identity approve ID", {kOne}, {}, approve},
      {"identity",
       "suspend",
       "Put an identity and its certificates on hold",
       "identity suspend ID --reason 'being looked for'",
       {kOne, kReason},
       {},
       suspend},
      {"identity",
       "resume",
       "Take a suspended identity back to what it was",
       "identity resume ID --reason 'found again'",
       {kOne, kReason},
       {},
       resume},
      {"identity",
       "retire",
       "Take an identity out of service, for ever",
       "identity retire ID --reason 'dismantled'",
       {kOneOrMany, kReason, kGroup, kOwner},
       {},
       retire},
      {"identity",
       "revoke",
       "Revoke an identity, for ever",
       "identity revoke ID --reason 'stolen' --code key-compromise",
       {kOneOrMany, kReason, kCode, kGroup, kOwner},
       {},
       revoke},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
