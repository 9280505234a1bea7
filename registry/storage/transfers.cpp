#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Transfer;
using domain::TransferId;

constexpr std::string_view kAdd =
    "INSERT INTO transfers (id, identity, business_owner, technical_owner, given_by, created, taken_by, done) "
    "VALUES (:1, :2, :3, :4, :5, :6, :7, :8)";
constexpr std::string_view kUpdate = "UPDATE transfers SET taken_by = :1, done = :2 WHERE id = :3";
const std::string kSelect =
    "SELECT id, identity, business_owner, technical_owner, given_by, created, taken_by, done FROM transfers ";
constexpr auto kColumns = "tttttntn";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kNewest{.sql = kSelect + "WHERE identity = :1 ORDER BY created DESC, id DESC LIMIT 1", .columns = kColumns};
const Query kOpen{.sql = kSelect +
                         "WHERE done IS NULL AND NOT EXISTS (SELECT 1 FROM transfers AS later "
                         "WHERE later.identity = transfers.identity AND "
                         "(later.created, later.id) > (transfers.created, transfers.id)) ORDER BY id",
                  .columns = kColumns};

Result<Transfer> parse(Row& row) {
  TRY_LET(auto id, row.id<TransferId>(), "read transfer");
  TRY_LET(auto identity, row.id<domain::IdentityId>(), "read transfer");
  TRY_LET(auto business, row.id<domain::OwnerId>(), "read transfer");
  TRY_LET(auto technical, row.id<domain::OwnerId>(), "read transfer");
  return Transfer{.id = std::move(id),
                  .identity = std::move(identity),
                  .to = {.business = std::move(business), .technical = std::move(technical)},
                  .given_by = row.text(),
                  .created = row.time(),
                  .taken_by = row.text(),
                  .done = row.maybe_time()};
}

}  // namespace

Result<void> Transfers::add(const Transfer& transfer) {
  return add_row(session_, kAdd,
                 {transfer.id.text(), transfer.identity.text(), transfer.to.business.text(),
                  transfer.to.technical.text(), transfer.given_by, transfer.created, transfer.taken_by, transfer.done},
                 "transfer");
}

Result<void> Transfers::update(const Transfer& transfer) {
  return change_row(session_, kUpdate, {transfer.taken_by, transfer.done, transfer.id.text()},
                    "transfer " + transfer.id.text());
}

Result<std::optional<Transfer>> Transfers::find(const TransferId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<std::optional<Transfer>> Transfers::newest_of(const domain::IdentityId& identity) {
  return parse_first(session_.first(kNewest, {identity.text()}), parse);
}

Result<std::vector<Transfer>> Transfers::open_ones() { return parse_all(session_.query(kOpen, {}), parse); }

}  // namespace holdfast::storage
