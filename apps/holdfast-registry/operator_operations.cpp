#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/value_sets.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/operator_commands.hpp"
#include "registry/domain/owner_commands.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<Json> add(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto name, arguments.text("name"), "read argument");
  TRY_LET(const auto typed_role, arguments.text("role"), "read argument");
  TRY_LET(const auto typed_owner, arguments.optional_text("owner"), "read argument");
  const auto role = domain::find_operator_role(typed_role);
  if (!role) return none_of("role", operator_roles());
  return change(context, [&](Transaction& tx) -> Result<Json> {
    std::optional<domain::OwnerId> owner;
    if (!typed_owner.empty()) {
      TRY_LET(const auto found, domain::find_owner(tx, typed_owner), "find owner");
      owner = found.id;
    }
    TRY_LET(const auto added, domain::add_operator(tx, context.actor, name, *role, owner, context.now), "add operator");
    return json_of(added);
  });
}

Result<Json> remove(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto name, arguments.text("name"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto removed, domain::remove_operator(tx, context.actor, name, context.now), "remove operator");
    return json_of(removed);
  });
}

Result<Json> list(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto operators, tx.operators().list(), "list operators");
    Json items = Json::array();
    for (const auto& person : operators) {
      Json item = json_of(person);
      if (person.owner) {
        TRY_LET(item["owner"], name_owner(tx, *person.owner), "name owner");
      }
      items.push_back(std::move(item));
    }
    return list_of(std::move(items));
  });
}

Result<Json> create_token(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto name, arguments.text("operator"), "read argument");
  TRY_LET(const bool once, arguments.flag("once"), "read argument");
  TRY_LET(const auto valid_for, arguments.span("valid-for", std::chrono::days(90)), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto person, domain::find_operator(tx, name), "find operator");
    const auto use = once ? domain::TokenUse::once : domain::TokenUse::until_expiry;
    TRY_LET(const auto issued, domain::create_token(tx, context.actor, person.id, use, valid_for, context.now),
            "create token");
    Json result = json_of(issued.token, context.now);
    result["operator"] = name;
    result["token"] = issued.text;
    return result;
  });
}

Result<Json> list_tokens(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto tokens, tx.operators().tokens(), "list tokens");
    Json items = Json::array();
    for (const auto& token : tokens) {
      Json item = json_of(token, context.now);
      TRY_LET(const auto person, tx.operators().find(token.of), "find operator");
      if (person) item["operator"] = person->name;
      items.push_back(std::move(item));
    }
    return list_of(std::move(items));
  });
}

Result<Json> revoke_token(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.text("token"), "read argument");
  TRY_LET(const auto id, domain::TokenId::parse(typed), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY(domain::revoke_token(tx, context.actor, id, context.now), "revoke token");
    return Json{{"id", id.text()}, {"state", "ended"}};
  });
}

}  // namespace

std::span<const Operation> operator_operations() {
  static const std::vector<Operation> kRows{
      {"operator",
       "add",
       "Add somebody who runs the registry",
       "operator add anna --role operator",
       {{"name", text, positional, "their name: of a to z, 0 to 9, '-', '_', '.', '@'"},
        {"role", text, required, "what they may do", operator_roles},
        {"owner", text, optional, "for whom they act in the role owner: mail address, team or id"}},
       {},
       add},
      {"operator", "list", "List operators", "operator list", {}, {"name", "role", "owner", "state"}, list},
      {"operator",
       "remove",
       "Remove an operator; all their tokens end",
       "operator remove anna",
       {{"name", text, positional, "their name"}},
       {},
       remove},
      {"token",
       "create",
       "Make a token for an operator; it is shown once",
       "token create --operator anna",
       {{"operator", text, required, "the operator's name"},
        {"once", flag, optional, "it can be used only once"},
        {"valid-for", span, optional, "how long it can be used [90d]"}},
       {},
       create_token},
      {"token", "list", "List tokens", "token list", {}, {"id", "operator", "use", "state", "expires"}, list_tokens},
      {"token",
       "revoke",
       "End a token",
       "token revoke TOKEN-ID",
       {{"token", text, positional, "its id, as 'token list' shows it"}},
       {},
       revoke_token},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
