#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Owner;
using domain::OwnerId;

constexpr std::string_view kAdd =
    "INSERT INTO owners (id, kind, name, directory_key, team, standing, left_at) VALUES (:1, :2, :3, :4, :5, :6, :7)";
constexpr std::string_view kUpdate =
    "UPDATE owners SET name = :1, team = :2, standing = :3, left_at = :4 WHERE id = :5";
const std::string kSelect = "SELECT id, kind, name, directory_key, team, standing, left_at FROM owners ";
constexpr auto kColumns = "ttttttn";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kFindByKey{.sql = kSelect + "WHERE kind = :1 AND directory_key = :2", .columns = kColumns};
const Query kList{.sql = kSelect + "ORDER BY kind, name", .columns = kColumns};

Result<Owner> parse(Row& row) {
  TRY_LET(auto id, row.id<OwnerId>(), "read owner");
  TRY_LET(const auto kind, row.named(domain::find_owner_kind), "read owner");
  auto name = row.text();
  auto key = row.text();
  TRY_LET(auto team, row.maybe_id<OwnerId>(), "read owner");
  TRY_LET(const auto standing, row.named(domain::find_owner_standing), "read owner");
  return Owner{.id = std::move(id),
               .kind = kind,
               .name = std::move(name),
               .key = std::move(key),
               .team = std::move(team),
               .standing = standing,
               .left_at = row.maybe_time()};
}

}  // namespace

Result<void> Owners::add(const Owner& owner) {
  return add_row(session_, kAdd,
                 {owner.id.text(), domain::name_of(owner.kind), owner.name, owner.key, id_value(owner.team),
                  domain::name_of(owner.standing), owner.left_at},
                 "owner");
}

Result<void> Owners::update(const Owner& owner) {
  return change_row(session_, kUpdate,
                    {owner.name, id_value(owner.team), domain::name_of(owner.standing), owner.left_at, owner.id.text()},
                    "owner " + owner.id.text());
}

Result<std::optional<Owner>> Owners::find(const OwnerId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<std::optional<Owner>> Owners::find_by_key(domain::OwnerKind kind, const std::string& key) {
  return parse_first(session_.first(kFindByKey, {domain::name_of(kind), key}), parse);
}

Result<std::vector<Owner>> Owners::list() { return parse_all(session_.query(kList, {}), parse); }

}  // namespace holdfast::storage
