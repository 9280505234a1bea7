#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Operator;
using domain::OperatorId;
using domain::Token;
using domain::TokenId;

constexpr std::string_view kAdd =
    "INSERT INTO operators (id, name, role, owner, created, removed) VALUES (:1, :2, :3, :4, :5, :6)";
constexpr std::string_view kUpdate = "UPDATE operators SET role = :1, owner = :2, removed = :3 WHERE id = :4";
const std::string kSelect = "SELECT id, name, role, owner, created, removed FROM operators ";
constexpr auto kColumns = "ttttnn";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kFindByName{.sql = kSelect + "WHERE name = :1", .columns = kColumns};
const Query kList{.sql = kSelect + "ORDER BY name", .columns = kColumns};

constexpr std::string_view kAddToken =
    "INSERT INTO tokens (id, operator, secret_hash, used, created, expires, ended) "
    "VALUES (:1, :2, :3, :4, :5, :6, :7)";
constexpr std::string_view kEndToken = "UPDATE tokens SET ended = :1 WHERE id = :2 AND ended IS NULL";
const std::string kSelectToken = "SELECT id, operator, secret_hash, used, created, expires, ended FROM tokens ";
constexpr auto kTokenColumns = "ttttnnn";
const Query kFindToken{.sql = kSelectToken + "WHERE id = :1", .columns = kTokenColumns};
const Query kTokens{.sql = kSelectToken + "ORDER BY id", .columns = kTokenColumns};

Result<Operator> parse(Row& row) {
  TRY_LET(auto id, row.id<OperatorId>(), "read operator");
  auto name = row.text();
  TRY_LET(const auto role, row.named(domain::find_operator_role), "read operator");
  TRY_LET(auto owner, row.maybe_id<domain::OwnerId>(), "read operator");
  return Operator{.id = std::move(id),
                  .name = std::move(name),
                  .role = role,
                  .owner = std::move(owner),
                  .created = row.time(),
                  .removed = row.maybe_time()};
}

Result<Token> parse_token(Row& row) {
  TRY_LET(auto id, row.id<TokenId>(), "read token");
  TRY_LET(auto of, row.id<OperatorId>(), "read token");
  TRY_LET(const auto hash, row.hash(), "read token");
  TRY_LET(const auto use, row.named(domain::find_token_use), "read token");
  return Token{.id = std::move(id),
               .of = std::move(of),
               .hash = hash,
               .use = use,
               .created = row.time(),
               .expires = row.time(),
               .ended = row.maybe_time()};
}

}  // namespace

Result<void> Operators::add(const Operator& person) {
  return add_row(session_, kAdd,
                 {person.id.text(), person.name, domain::name_of(person.role), id_value(person.owner), person.created,
                  person.removed},
                 "operator");
}

Result<void> Operators::update(const Operator& person) {
  return change_row(session_, kUpdate,
                    {domain::name_of(person.role), id_value(person.owner), person.removed, person.id.text()},
                    "operator " + person.name);
}

Result<std::optional<Operator>> Operators::find(const OperatorId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<std::optional<Operator>> Operators::find_by_name(const std::string& name) {
  return parse_first(session_.first(kFindByName, {name}), parse);
}

Result<std::vector<Operator>> Operators::list() { return parse_all(session_.query(kList, {}), parse); }

Result<void> Operators::add_token(const Token& token) {
  return add_row(session_, kAddToken,
                 {token.id.text(), token.of.text(), to_hex(token.hash), domain::name_of(token.use), token.created,
                  token.expires, token.ended},
                 "token");
}

Result<void> Operators::end_token(const TokenId& id, Timestamp when) {
  return change_row(session_, kEndToken, {when, id.text()}, "token " + id.text() + " that has not ended");
}

Result<std::optional<Token>> Operators::find_token(const TokenId& id) {
  return parse_first(session_.first(kFindToken, {id.text()}), parse_token);
}

Result<std::vector<Token>> Operators::tokens() { return parse_all(session_.query(kTokens, {}), parse_token); }

}  // namespace holdfast::storage
