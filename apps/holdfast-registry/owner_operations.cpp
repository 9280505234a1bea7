#include "apps/holdfast-registry/directory_file.hpp"
#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/words.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<Json> import_file(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto csv, arguments.text("file"), "read argument");
  TRY_LET(const bool complete, arguments.flag("complete"), "read argument");
  TRY_LET(const auto entries, parse_directory(csv), "read table");
  const auto extent = complete ? domain::ImportExtent::complete : domain::ImportExtent::partial;
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto report, domain::import_owners(tx, context.actor, entries, extent, context.now), "import");
    return Json{{"added", report.added},         {"changed", report.changed},
                {"unchanged", report.unchanged}, {"teams_added", report.teams_added},
                {"left", report.left},           {"orphaned", report.orphaned},
                {"reclaimed", report.reclaimed}};
  });
}

Result<Json> list(const Context& context, domain::OwnerKind kind) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto owners, tx.owners().list(), "list owners");
    Json items = Json::array();
    for (const auto& owner : owners) {
      if (owner.kind != kind) continue;
      Json item = json_of(owner);
      if (owner.team) {
        TRY_LET(item["team"], name_owner(tx, *owner.team), "name team");
      }
      items.push_back(std::move(item));
    }
    return list_of(std::move(items));
  });
}

Result<Json> list_people(const Context& context, const Arguments&) { return list(context, domain::OwnerKind::person); }
Result<Json> list_teams(const Context& context, const Arguments&) { return list(context, domain::OwnerKind::team); }

Result<Json> deactivate(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.text("owner"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto owner, domain::find_owner(tx, typed), "find owner");
    TRY_LET(const auto orphaned, domain::deactivate_owner(tx, context.actor, owner.id, context.now), "deactivate");
    return Json{{"owner", owner.key}, {"orphaned", orphaned}};
  });
}

const std::vector<std::string_view> kPeopleColumns{"name", "key", "team", "standing"};

}  // namespace

std::span<const Operation> owner_operations() {
  static const std::vector<Operation> kRows{
      {"owner",
       "import",
       "Take over people and teams from a directory's CSV file",
       "owner import people.csv",
       {{"file", file, positional,
         "CSV file, '-' for standard input; columns: mail, name, and where there are, team and status (active or "
         "left)"},
        {"complete", flag, optional, "whoever is not in the file has left; a file that names nobody is refused"}},
       {},
       import_file},
      {"owner", "list", "List people", "owner list", {}, kPeopleColumns, list_people},
      {"owner",
       "deactivate",
       "Say that a person or team has left; their identities are orphaned",
       "owner deactivate anna@example.org",
       {{"owner", text, positional, "mail address, team or id"}},
       {},
       deactivate},
      {"team", "list", "List teams", "team list", {}, {"name", "standing", "id"}, list_teams},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
