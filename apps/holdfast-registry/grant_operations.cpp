#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/pages.hpp"
#include "apps/holdfast-registry/value_sets.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/grant_commands.hpp"
#include "registry/domain/owner_commands.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<domain::GrantOrder> order_of(const Context& context, Transaction& tx, const Arguments& arguments) {
  TRY_LET(const auto business, arguments.text("business-owner"), "read argument");
  TRY_LET(const auto technical, arguments.text("technical-owner"), "read argument");
  TRY_LET(const auto business_owner, domain::find_owner(tx, business), "find business owner");
  TRY_LET(const auto technical_owner, domain::find_owner(tx, technical), "find technical owner");
  domain::GrantOrder order{.intent = {.name = "",
                                      .purpose = "",
                                      .environment = "",
                                      .group = "",
                                      .owners = {business_owner.id, technical_owner.id},
                                      .policy = "default",
                                      .retire_after = std::nullopt,
                                      .retirement_condition = ""}};
  TRY_LET(order.intent.name, arguments.text("name"), "read argument");
  TRY_LET(order.intent.purpose, arguments.text("purpose"), "read argument");
  TRY_LET(order.intent.environment, arguments.optional_text("environment"), "read argument");
  TRY_LET(order.intent.group, arguments.optional_text("group"), "read argument");
  TRY_LET(const auto policy, arguments.optional_text("policy"), "read argument");
  if (!policy.empty()) order.intent.policy = policy;
  TRY_LET(order.intent.retire_after, arguments.moment("retire-after", context.now), "read argument");
  TRY_LET(order.intent.retirement_condition, arguments.optional_text("retire-when"), "read argument");
  TRY_LET(order.count, arguments.count("count", 1, 10'000), "read argument");
  TRY_LET(order.valid_for, arguments.span("valid-for", order.valid_for), "read argument");
  return order;
}

Json json_of_issued(const domain::IssuedGrant& issued) {
  return {{"grant", issued.grant.id.text()},
          {"secret", issued.secret},
          {"name", issued.grant.intent.name},
          {"expires", format_rfc3339(issued.grant.expires)}};
}

// Whoever gets a grant has to know where to go and whom to believe there, too.
Result<Json> with_registry(const Context& context, Json grants) {
  TRY_LET(grants["root_sha256"], context.authority.root_sha256(), "pin root");
  if (!context.enrolment_url.empty()) grants["est"] = context.enrolment_url;
  return grants;
}

Result<Json> create(const Context& context, const Arguments& arguments) {
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto order, order_of(context, tx, arguments), "read order");
    TRY_LET(const auto grants, domain::create_grants(tx, context.actor, order, context.now), "create grants");
    if (grants.size() == 1) return with_registry(context, json_of_issued(grants.front()));
    Json items = Json::array();
    for (const auto& grant : grants) items.push_back(json_of_issued(grant));
    return with_registry(context, list_of(std::move(items)));
  });
}

Result<Json> list(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.optional_text("state"), "read argument");
  TRY_LET(const auto limit, arguments.count("limit", 100, 10'000), "read argument");
  // What has expired is stored as it was: open.
  const auto state = domain::find_grant_state(typed == kExpired ? name_of(domain::GrantState::open) : typed);
  if (!typed.empty() && !state) return none_of("state", grant_states());
  return read(context, [&](Transaction& tx) -> Result<Json> {
    const auto newest = [&](std::size_t most) { return tx.grants().list(state, most); };
    const auto describe = [&](const domain::Grant& grant) -> Result<std::optional<Json>> {
      TRY_LET(Json item, json_of(tx, grant, context.now), "describe grant");
      return typed.empty() || item["state"] == typed ? std::optional(std::move(item)) : std::nullopt;
    };
    TRY_LET(Json items, collect_shown(limit, newest, describe), "list grants");
    return list_of(std::move(items));
  });
}

Result<Json> revoke(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::GrantId>("grant"), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto grant, domain::revoke_grant(tx, context.actor, id, context.now), "revoke grant");
    return json_of(tx, grant, context.now);
  });
}

}  // namespace

std::span<const Operation> grant_operations() {
  static const std::vector<Operation> kRows{
      {"grant",
       "create",
       "Let a device enrol: once, for owners and a purpose",
       "grant create --name 'gate 7' --purpose 'opens the yard' --business-owner anna@example.org --technical-owner "
       "Gates",
       {{"name", text, required, "the identity's name; {n} stands for its number where there are several"},
        {"purpose", text, required, "why it exists"},
        {"business-owner", text, required, "who answers for its existence: mail address, team or id"},
        {"technical-owner", text, required, "who answers for its operation: mail address, team or id"},
        {"environment", text, optional, "where it works: production, test, ..."},
        {"group", text, optional, "the group of devices that it is managed with"},
        {"policy", text, optional, "whose rules hold [default]"},
        {"retire-after", moment, optional,
         "when it has to go, noted and shown for people, such as 104w or 2028-01-31T12:00:00Z"},
        {"retire-when", text, optional, "on what condition it goes, in words"},
        {"valid-for", span, optional, "how long the grant can be used [7d]"},
        {"count", count, optional, "how many grants, each for one device [1]"}},
       {"grant", "secret", "name", "expires"},
       create},
      {"grant",
       "list",
       "List grants, the newest first",
       "grant list --state open",
       {{"state", text, optional, "those in this state", grant_states},
        {"limit", count, optional, "how many at most [100]"}},
       {"id", "state", "name", "business_owner", "expires"},
       list,
       Audience::staff},
      {"grant",
       "revoke",
       "Take back a grant that nobody has used",
       "grant revoke 01900000-0000-7000-8000-000000000000",
       {{"grant", text, positional, "its id, as 'grant list' shows it"}},
       {},
       revoke},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
