#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/pages.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

// Somebody in Role::owner sees what concerns their identities.
Result<bool> is_shown_to(Transaction& tx, const domain::Actor& actor, const domain::Incident& incident) {
  if (actor.role != domain::Role::owner) return true;
  TRY_LET(const auto identity, domain::load_identity(tx, incident.identity), "load identity");
  return domain::check_concerns(actor, identity).ok();
}

Result<Json> list(const Context& context, const Arguments& arguments) {
  TRY_LET(const bool all, arguments.flag("all"), "read argument");
  TRY_LET(const auto limit, arguments.count("limit", 100, 10'000), "read argument");
  return read(context, [&](Transaction& tx) -> Result<Json> {
    const auto newest = [&](std::size_t most) { return tx.incidents().list(std::nullopt, !all, most); };
    const auto describe = [&](const domain::Incident& incident) -> Result<std::optional<Json>> {
      TRY_LET(const bool shown, is_shown_to(tx, context.actor, incident), "check owner");
      return shown ? std::optional(json_of(incident)) : std::nullopt;
    };
    TRY_LET(Json items, collect_shown(limit, newest, describe), "list incidents");
    return list_of(std::move(items));
  });
}

Result<Json> show(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::IncidentId>("incident"), "read id");
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto incident, tx.incidents().find(id), "find incident");
    if (!incident) return Error(ErrorCode::not_found, "there is no incident " + id.text());
    TRY_LET(const auto identity, domain::load_identity(tx, incident->identity), "load identity");
    TRY(domain::check_concerns(context.actor, identity), "check owner");
    return json_of(*incident);
  });
}

Result<Json> resolve(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::IncidentId>("incident"), "read id");
  TRY_LET(const auto resolution, arguments.text("resolution"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto incident, domain::resolve_incident(tx, context.actor, id, resolution, context.now), "resolve");
    return json_of(incident);
  });
}

const Parameter kIncident{"incident", text, positional, "its id, as 'incident list' shows it"};

}  // namespace

std::span<const Operation> incident_operations() {
  static const std::vector<Operation> kRows{
      {"incident",
       "list",
       "List open incidents, the newest first",
       "incident list",
       {{"all", flag, optional, "also those that were resolved"}, {"limit", count, optional, "how many at most [100]"}},
       {"id", "kind", "state", "identity", "opened", "what"},
       list},
      {"incident", "show", "Show an incident", "incident show INCIDENT", {kIncident}, {}, show},
      {"incident",
       "resolve",
       "Close an incident; a suspended identity stays so until it is resumed",
       "incident resolve INCIDENT --resolution 'a twin in the laboratory, wiped'",
       {kIncident, {"resolution", text, required, "what was found and done; it stands in the log"}},
       {},
       resolve},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
