#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Grant;
using domain::GrantId;
using domain::GrantState;

constexpr std::string_view kAdd =
    "INSERT INTO grants (id, secret_hash, state, name, purpose, environment, group_name, business_owner, "
    "technical_owner, policy, retire_after, retirement_condition, created, expires, created_by, used_by, identity) "
    "VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10, :11, :12, :13, :14, :15, :16, :17)";
constexpr std::string_view kUse =
    "UPDATE grants SET state = 'used', used_by = :1, identity = :2 WHERE id = :3 AND state = 'open'";
constexpr std::string_view kRevoke = "UPDATE grants SET state = 'revoked' WHERE id = :1 AND state = 'open'";
const std::string kSelect =
    "SELECT id, secret_hash, state, name, purpose, environment, group_name, business_owner, technical_owner, policy, "
    "retire_after, retirement_condition, created, expires, created_by, used_by, identity FROM grants ";
constexpr auto kColumns = "ttttttttttntnnttt";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kList{.sql = kSelect + "ORDER BY id DESC LIMIT :1", .columns = kColumns};
const Query kListByState{.sql = kSelect + "WHERE state = :1 ORDER BY id DESC LIMIT :2", .columns = kColumns};

Result<domain::Intent> parse_intent(Row& row) {
  auto name = row.text();
  auto purpose = row.text();
  auto environment = row.text();
  auto group = row.text();
  TRY_LET(auto business, row.id<domain::OwnerId>(), "read grant");
  TRY_LET(auto technical, row.id<domain::OwnerId>(), "read grant");
  return domain::Intent{.name = std::move(name),
                        .purpose = std::move(purpose),
                        .environment = std::move(environment),
                        .group = std::move(group),
                        .owners = {.business = std::move(business), .technical = std::move(technical)},
                        .policy = row.text(),
                        .retire_after = row.maybe_time(),
                        .retirement_condition = row.text()};
}

Result<Grant> parse(Row& row) {
  TRY_LET(auto id, row.id<GrantId>(), "read grant");
  TRY_LET(const auto secret, row.hash(), "read grant");
  TRY_LET(const auto state, row.named(domain::find_grant_state), "read grant");
  TRY_LET(auto intent, parse_intent(row), "read grant");
  const auto created = row.time();
  const auto expires = row.time();
  auto created_by = row.text();
  TRY_LET(const auto used_by, row.maybe_hash(), "read grant");
  TRY_LET(auto identity, row.maybe_id<domain::IdentityId>(), "read grant");
  return Grant{.id = std::move(id),
               .secret_hash = secret,
               .state = state,
               .intent = std::move(intent),
               .created = created,
               .expires = expires,
               .created_by = std::move(created_by),
               .used_by = used_by,
               .identity = std::move(identity)};
}

Result<void> take_from_open(Result<std::uint64_t> changed, const GrantId& id) {
  if (!changed.ok()) return std::move(changed).error();
  if (*changed == 1) return {};
  return Error(ErrorCode::refused, "the grant " + id.text() + " is not open: it was used or revoked");
}

}  // namespace

Result<void> Grants::add(const Grant& grant) {
  const auto& intent = grant.intent;
  const std::string used_by = grant.used_by ? to_hex(*grant.used_by) : "";
  return add_row(
      session_, kAdd,
      {grant.id.text(), to_hex(grant.secret_hash), domain::name_of(grant.state), intent.name, intent.purpose,
       intent.environment, intent.group, intent.owners.business.text(), intent.owners.technical.text(), intent.policy,
       intent.retire_after, intent.retirement_condition, grant.created, grant.expires, grant.created_by,
       grant.used_by ? Value(used_by) : Value::nothing(ValueKind::text), id_value(grant.identity)},
      "grant");
}

Result<std::optional<Grant>> Grants::find(const GrantId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<void> Grants::use(const GrantId& id, const domain::KeyHash& key, const domain::IdentityId& identity) {
  return take_from_open(session_.execute(kUse, {to_hex(key), identity.text(), id.text()}), id);
}

Result<void> Grants::revoke(const GrantId& id) { return take_from_open(session_.execute(kRevoke, {id.text()}), id); }

Result<std::vector<Grant>> Grants::list(std::optional<GrantState> state, std::size_t limit) {
  if (!state) return parse_all(session_.query(kList, {limit}), parse);
  return parse_all(session_.query(kListByState, {domain::name_of(*state), limit}), parse);
}

}  // namespace holdfast::storage
