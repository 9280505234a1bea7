#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Incident;
using domain::IncidentId;

constexpr std::string_view kAdd =
    "INSERT INTO incidents (id, kind, identity, what, opened, resolved, resolution, resolved_by) "
    "VALUES (:1, :2, :3, :4, :5, :6, :7, :8)";
constexpr std::string_view kUpdate =
    "UPDATE incidents SET resolved = :1, resolution = :2, resolved_by = :3 WHERE id = :4";
const std::string kSelect =
    "SELECT id, kind, identity, what, opened, resolved, resolution, resolved_by FROM incidents ";
constexpr auto kColumns = "ttttnntt";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kAll{.sql = kSelect + "ORDER BY id DESC LIMIT :1", .columns = kColumns};
const Query kOpen{.sql = kSelect + "WHERE resolved IS NULL ORDER BY id DESC LIMIT :1", .columns = kColumns};
const Query kAllOf{.sql = kSelect + "WHERE identity = :1 ORDER BY id DESC LIMIT :2", .columns = kColumns};
const Query kOpenOf{.sql = kSelect + "WHERE identity = :1 AND resolved IS NULL ORDER BY id DESC LIMIT :2",
                    .columns = kColumns};

Result<Incident> parse(Row& row) {
  TRY_LET(auto id, row.id<IncidentId>(), "read incident");
  TRY_LET(const auto kind, row.named(domain::find_incident_kind), "read incident");
  TRY_LET(auto identity, row.id<domain::IdentityId>(), "read incident");
  return Incident{.id = std::move(id),
                  .kind = kind,
                  .identity = std::move(identity),
                  .what = row.text(),
                  .opened = row.time(),
                  .resolved = row.maybe_time(),
                  .resolution = row.text(),
                  .resolved_by = row.text()};
}

}  // namespace

Result<void> Incidents::add(const Incident& incident) {
  return add_row(session_, kAdd,
                 {incident.id.text(), domain::name_of(incident.kind), incident.identity.text(), incident.what,
                  incident.opened, incident.resolved, incident.resolution, incident.resolved_by},
                 "incident");
}

Result<void> Incidents::update(const Incident& incident) {
  return change_row(session_, kUpdate,
                    {incident.resolved, incident.resolution, incident.resolved_by, incident.id.text()},
                    "incident " + incident.id.text());
}

Result<std::optional<Incident>> Incidents::find(const IncidentId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<std::vector<Incident>> Incidents::list(std::optional<domain::IdentityId> identity, bool open_only,
                                              std::size_t limit) {
  if (!identity) return parse_all(session_.query(open_only ? kOpen : kAll, {limit}), parse);
  return parse_all(session_.query(open_only ? kOpenOf : kAllOf, {identity->text(), limit}), parse);
}

}  // namespace holdfast::storage
