#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Anchor;
using domain::AnchorId;

constexpr std::string_view kAdd =
    "INSERT INTO anchors (id, identity, key_hash, key_algorithm, generation, kind, component, version, place_of_issue, "
    "predecessor, created, ended) VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10, :11, :12)";
constexpr std::string_view kEnd = "UPDATE anchors SET ended = :1 WHERE id = :2 AND ended IS NULL";
const std::string kSelect =
    "SELECT id, identity, key_hash, key_algorithm, generation, kind, component, version, place_of_issue, predecessor, "
    "created, ended FROM anchors ";
constexpr auto kColumns = "ttttntttttnn";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kFindByKey{.sql = kSelect + "WHERE key_hash = :1", .columns = kColumns};
const Query kOfIdentity{.sql = kSelect + "WHERE identity = :1 ORDER BY id", .columns = kColumns};

Result<Anchor> parse(Row& row) {
  TRY_LET(auto id, row.id<AnchorId>(), "read anchor");
  TRY_LET(auto identity, row.id<domain::IdentityId>(), "read anchor");
  TRY_LET(const auto key, row.hash(), "read anchor");
  auto algorithm = row.text();
  const auto generation = static_cast<std::uint64_t>(row.number());
  auto kind = row.text();
  auto component = row.text();
  auto version = row.text();
  auto place = row.text();
  TRY_LET(auto predecessor, row.maybe_id<AnchorId>(), "read anchor");
  return Anchor{.id = std::move(id),
                .identity = std::move(identity),
                .key = key,
                .key_algorithm = std::move(algorithm),
                .generation = generation,
                .kind = std::move(kind),
                .component = std::move(component),
                .version = std::move(version),
                .place_of_issue = std::move(place),
                .predecessor = std::move(predecessor),
                .created = row.time(),
                .ended = row.maybe_time()};
}

}  // namespace

Result<void> Anchors::add(const Anchor& anchor) {
  return add_row(session_, kAdd,
                 {anchor.id.text(), anchor.identity.text(), to_hex(anchor.key), anchor.key_algorithm, anchor.generation,
                  anchor.kind, anchor.component, anchor.version, anchor.place_of_issue, id_value(anchor.predecessor),
                  anchor.created, anchor.ended},
                 "anchor");
}

Result<void> Anchors::end(const AnchorId& id, Timestamp when) {
  return change_row(session_, kEnd, {when, id.text()}, "anchor " + id.text() + " that has not ended");
}

Result<std::optional<Anchor>> Anchors::find(const AnchorId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<std::optional<Anchor>> Anchors::find_by_key(const domain::KeyHash& key) {
  return parse_first(session_.first(kFindByKey, {to_hex(key)}), parse);
}

Result<std::vector<Anchor>> Anchors::of_identity(const domain::IdentityId& id) {
  return parse_all(session_.query(kOfIdentity, {id.text()}), parse);
}

}  // namespace holdfast::storage
