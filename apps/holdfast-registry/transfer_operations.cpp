#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<Json> transfer(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::IdentityId>("identity"), "read id");
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
  TRY_LET(const auto id, arguments.id<domain::TransferId>("transfer"), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, domain::accept_transfer(tx, context.actor, id, context.now), "accept");
    return json_of(tx, identity);
  });
}

// Somebody in Role::owner sees what is theirs, and what is offered to them.
Result<bool> is_shown_to(Transaction& tx, const domain::Actor& actor, const domain::Transfer& waiting) {
  const bool offered = actor.owner && (*actor.owner == waiting.to.business || *actor.owner == waiting.to.technical);
  if (actor.role != domain::Role::owner || offered) return true;
  TRY_LET(const auto identity, domain::load_identity(tx, waiting.identity), "load identity");
  return domain::check_concerns(actor, identity).ok();
}

Result<Json> list_transfers(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto transfers, domain::waiting_transfers(tx, context.now), "list transfers");
    Json items = Json::array();
    for (const auto& waiting : transfers) {
      TRY_LET(const bool shown, is_shown_to(tx, context.actor, waiting), "check owner");
      if (!shown) continue;
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

}  // namespace

std::span<const Operation> transfer_operations() {
  static const std::vector<Operation> kRows{
      {"identity",
       "transfer",
       "Offer an identity to other owners, for 30 days; a later offer replaces an earlier one",
       "identity transfer ID --business-owner ben@example.org --technical-owner Gates",
       {{"identity", text, positional, "its id, as 'identity list' shows it"},
        {"business-owner", text, required, "who will answer for its existence: mail address, team or id"},
        {"technical-owner", text, required, "who will answer for its operation: mail address, team or id"}},
       {},
       transfer},
      {"transfer",
       "accept",
       "Take over an identity that was offered",
       "transfer accept TRANSFER",
       {{"transfer", text, positional, "its id, as 'transfer list' shows it"}},
       {},
       accept},
      {"transfer",
       "list",
       "List what was offered and not yet accepted",
       "transfer list",
       {},
       {"id", "identity", "business_owner", "technical_owner", "given_by"},
       list_transfers},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
