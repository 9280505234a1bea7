#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/value_sets.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/enrolment.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/domain/two_people.hpp"

namespace holdfast::registry_app {
namespace {

using domain::IdentityState;
using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<domain::IdentityId> identity_of(const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.text("identity"), "read argument");
  return domain::IdentityId::parse(typed);
}

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

Result<Json> list(const Context& context, const Arguments& arguments) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto filter, filter_of(tx, arguments), "read filter");
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

Result<Json> show(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, identity_of(arguments), "read id");
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, domain::load_identity(tx, id), "load identity");
    TRY_LET(Json result, json_of(tx, identity), "describe identity");
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
  TRY_LET(const auto id, identity_of(arguments), "read id");
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

// An entry of the log has its limit, and so has a change that waits for a second person.
Result<std::string> reason_of(const Arguments& arguments) {
  constexpr std::size_t kMost = 500;
  TRY_LET(auto reason, arguments.text("reason"), "read argument");
  if (reason.size() <= kMost) return reason;
  return Error(ErrorCode::usage,
               "'reason' has at most 500 bytes, and " + std::to_string(reason.size()) + " were given");
}

Result<Json> change_one(const Context& context, const Arguments& arguments, IdentityState to) {
  TRY_LET(const auto id, identity_of(arguments), "read id");
  TRY_LET(const auto reason, reason_of(arguments), "read argument");
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
  TRY_LET(bulk.reason, reason_of(arguments), "read argument");
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
  TRY_LET(const auto id, identity_of(arguments), "read id");
  TRY_LET(const auto reason, reason_of(arguments), "read argument");
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

Result<Json> transfer(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, identity_of(arguments), "read id");
  TRY_LET(const auto business, arguments.text("business-owner"), "read argument");
  TRY_LET(const auto technical, arguments.text("technical-owner"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto business_owner, domain::find_owner(tx, business), "find business owner");
    TRY_LET(const auto technical_owner, domain::find_owner(tx, technical), "find technical owner");
    TRY_LET(const auto started,
            domain::start_transfer(tx, context.actor, id, {business_owner.id, technical_owner.id}, context.now),
            "start transfer");
    return Json{{"transfer", started.id.text()}, {"waits_for", "the new owners: 'transfer accept'"}};
  });
}

Result<Json> accept(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.text("transfer"), "read argument");
  TRY_LET(const auto id, domain::TransferId::parse(typed), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, domain::accept_transfer(tx, context.actor, id, context.now), "accept");
    return json_of(tx, identity);
  });
}

Result<Json> list_transfers(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto transfers, tx.transfers().open_ones(), "list transfers");
    Json items = Json::array();
    for (const auto& waiting : transfers) {
      TRY_LET(const auto business, name_owner(tx, waiting.to.business), "name owner");
      TRY_LET(const auto technical, name_owner(tx, waiting.to.technical), "name owner");
      items.push_back({{"id", waiting.id.text()},
                       {"identity", waiting.identity.text()},
                       {"business_owner", business},
                       {"technical_owner", technical},
                       {"given_by", waiting.given_by},
                       {"created", format_rfc3339(waiting.created)}});
    }
    return list_of(std::move(items));
  });
}

Result<Json> list_approvals(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto approvals, tx.approvals().open_ones(), "list approvals");
    Json items = Json::array();
    for (const auto& waiting : approvals) {
      items.push_back({{"id", waiting.id.text()},
                       {"action", waiting.action},
                       {"asked_by", waiting.asked_by},
                       {"created", format_rfc3339(waiting.created)}});
    }
    return list_of(std::move(items));
  });
}

Result<Json> give_approval(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.text("approval"), "read argument");
  TRY_LET(const auto id, domain::ApprovalId::parse(typed), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto report, domain::approve(tx, context.actor, id, context.now), "approve");
    return Json{{"approval", id.text()}, {"changed", report.changed}, {"left_alone", report.left_alone}};
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

std::vector<Operation> identity_rows() {
  return {
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
      {"identity",
       "transfer",
       "Offer an identity to other owners",
       "identity transfer ID --business-owner ben@example.org --technical-owner Gates",
       {kOne,
        {"business-owner", text, required, "who will answer for its existence: mail address, team or id"},
        {"technical-owner", text, required, "who will answer for its operation: mail address, team or id"}},
       {},
       transfer},
  };
}

}  // namespace

std::span<const Operation> identity_operations() {
  static const std::vector<Operation> kRows = [] {
    auto rows = identity_rows();
    rows.push_back({"transfer",
                    "accept",
                    "Take over an identity that was offered",
                    "transfer accept TRANSFER",
                    {{"transfer", text, positional, "its id, as 'transfer list' shows it"}},
                    {},
                    accept});
    rows.push_back({"transfer",
                    "list",
                    "List what was offered and not yet accepted",
                    "transfer list",
                    {},
                    {"id", "identity", "business_owner", "technical_owner", "given_by"},
                    list_transfers});
    rows.push_back({"approval",
                    "list",
                    "List what waits for a second person",
                    "approval list",
                    {},
                    {"id", "action", "asked_by", "created"},
                    list_approvals});
    rows.push_back({"approval",
                    "give",
                    "Approve what somebody else has asked for, and do it",
                    "approval give APPROVAL",
                    {{"approval", text, positional, "its id, as 'approval list' shows it"}},
                    {},
                    give_approval});
    return rows;
  }();
  return kRows;
}

}  // namespace holdfast::registry_app
