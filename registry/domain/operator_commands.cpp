#include "registry/domain/operator_commands.hpp"

#include <algorithm>

#include "registry/domain/bearer_secret.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr std::string_view kPrefix = "hft_";
constexpr std::size_t kIdDigits = 32;
constexpr std::chrono::seconds kLongest = std::chrono::days(366);
constexpr std::size_t kMaxName = 100;

Error refused(const std::string& why) { return {ErrorCode::refused, why}; }

Result<void> check_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '@';
  };
  if (!name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, fits)) return {};
  return Error(ErrorCode::usage, "an operator's name is 1 to 100 of: a to z, 0 to 9, '-', '_', '.', '@'");
}

std::string without_dashes(std::string text) {
  std::erase(text, '-');
  return text;
}

Result<TokenId> parse_id(std::string_view digits) {
  std::string text(digits);  // as many as there are
  for (const std::size_t place : {8U, 13U, 18U, 23U}) text.insert(place, 1, '-');
  return TokenId::parse(text);
}

Result<void> end_tokens(Transaction& tx, const OperatorId& of, Timestamp now) {
  TRY_LET(const auto tokens, tx.operators().tokens(), "list tokens");
  for (const Token& token : tokens) {
    if (token.of == of && !token.ended) TRY(tx.operators().end_token(token.id, now), "end token");
  }
  return {};
}

Result<void> check_another_admin(Transaction& tx, const Operator& leaving) {
  if (leaving.role != Role::admin) return {};
  TRY_LET(const auto operators, tx.operators().list(), "list operators");
  const bool another = std::ranges::any_of(operators, [&](const Operator& other) {
    return other.id != leaving.id && other.role == Role::admin && !other.removed;
  });
  if (another) return {};
  return refused("'" + leaving.name + "' is the last admin; add another one first");
}

// Whoever has left acts for nobody any more.
Result<void> check_owner_stands(Transaction& tx, const Operator& person) {
  if (person.role != Role::owner || !person.owner) return {};
  TRY_LET(const auto owner, tx.owners().find(*person.owner), "find owner");
  if (owner && owner->standing == OwnerStanding::active) return {};
  return refused("'" + person.name + "' acts for " + (owner ? "'" + owner->name + "'" : person.owner->text()) +
                 ", who has left; have an operator of your own added for whoever answers now");
}

}  // namespace

Result<Operator> add_operator(Transaction& tx, const Actor& actor, const NewOperator& wanted, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "add operators"), "check role");
  TRY(check_name(wanted.name), "check name");
  if ((wanted.role == Role::owner) != wanted.owner.has_value()) {
    return Error(ErrorCode::usage, "an operator in the role 'owner', and nobody else, acts for one owner: --owner");
  }
  TRY_LET(const auto taken, tx.operators().find_by_name(wanted.name), "look for the name");
  if (taken) {
    return refused("there is an operator '" + wanted.name + "' already" + (taken->removed ? ", who was removed" : ""));
  }
  TRY_LET(auto id, OperatorId::create(now), "name operator");
  Operator person{std::move(id), wanted.name, wanted.role, wanted.owner, now, std::nullopt};
  TRY(tx.operators().add(person), "store operator");
  tx.record(make_event(now, actor, "operator.added", describe(person)));
  return person;
}

Result<Operator> find_operator(Transaction& tx, const std::string& name) {
  TRY_LET(auto found, tx.operators().find_by_name(name), "find operator");
  if (found && !found->removed) return *std::move(found);
  return Error(ErrorCode::not_found, "there is no operator '" + name + "'");
}

Result<Operator> remove_operator(Transaction& tx, const Actor& actor, const std::string& name, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "remove operators"), "check role");
  TRY_LET(Operator person, find_operator(tx, name), "find operator");
  TRY(check_another_admin(tx, person), "check admins");
  person.removed = now;
  TRY(tx.operators().update(person), "store operator");
  TRY(end_tokens(tx, person.id, now), "end tokens");
  tx.record(make_event(now, actor, "operator.removed", describe(person)));
  return person;
}

Result<IssuedToken> create_token(Transaction& tx, const Actor& actor, const NewToken& wanted, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "make tokens"), "check role");
  if (wanted.valid_for <= std::chrono::seconds(0) || wanted.valid_for > kLongest) {
    return Error(ErrorCode::usage, "a token is valid for at most 366 days");
  }
  TRY_LET(const auto person, tx.operators().find(wanted.of), "find operator");
  if (!person || person->removed) return Error(ErrorCode::not_found, "there is no such operator");
  TRY_LET(auto id, TokenId::create(now), "name token");
  TRY_LET(const auto secret, make_bearer_secret(), "make secret");
  Token token{std::move(id), wanted.of, secret.hash, wanted.use, now, now + wanted.valid_for, std::nullopt};
  TRY(tx.operators().add_token(token), "store token");
  tx.record(make_event(now, actor, "token.created", describe(token)));
  std::string text = std::string(kPrefix) + without_dashes(token.id.text()) + '_' + secret.text;
  return IssuedToken{std::move(token), std::move(text)};
}

Result<void> revoke_token(Transaction& tx, const Actor& actor, const TokenId& id, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "revoke tokens"), "check role");
  TRY_LET(const auto token, tx.operators().find_token(id), "find token");
  if (!token) return Error(ErrorCode::not_found, "there is no token " + id.text());
  if (token->ended) return refused("the token ended at " + format_rfc3339(*token->ended));
  TRY(tx.operators().end_token(id, now), "end token");
  tx.record(make_event(now, actor, "token.revoked", describe(*token)));
  return {};
}

Result<KnownToken> find_token(Transaction& tx, std::string_view text, Timestamp now) {
  const Error wrong(ErrorCode::wrong_passphrase, "this is no token of an operator, or it has expired");
  const bool shaped = text.starts_with(kPrefix) && text.size() > kPrefix.size() + kIdDigits + 1;
  const auto id = shaped ? parse_id(text.substr(kPrefix.size(), kIdDigits)) : Result<TokenId>(wrong);
  if (!id.ok()) return wrong;
  TRY_LET(const auto token, tx.operators().find_token(*id), "find token");
  TRY_LET(const bool right,
          is_secret_of(token ? token->hash : SecretHash{}, text.substr(kPrefix.size() + kIdDigits + 1)),
          "compare secret");
  if (!token || !right || token->ended || now > token->expires) return wrong;
  TRY_LET(const auto person, tx.operators().find(token->of), "find operator");
  if (!person || person->removed) return wrong;
  TRY(check_owner_stands(tx, *person), "check owner");
  return KnownToken{*token, {"operator:" + person->name, person->role, person->owner}};
}

Result<Actor> authenticate(Transaction& tx, std::string_view text, Timestamp now) {
  TRY_LET(const auto known, find_token(tx, text, now), "find token");
  if (known.token.use == TokenUse::until_expiry) return known.actor;
  TRY(tx.operators().end_token(known.token.id, now), "end token");
  tx.record(make_event(now, known.actor, "token.used", describe(known.token)));
  return known.actor;
}

}  // namespace holdfast::domain
