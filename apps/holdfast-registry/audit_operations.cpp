#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "core/encoding.hpp"
#include "registry/audit/export.hpp"
#include "registry/domain/history.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Json json_of(const audit::Checkpoint& checkpoint) {
  return {{"origin", checkpoint.origin}, {"entries", checkpoint.size}, {"root_hash", to_base64(checkpoint.root)}};
}

Result<Json> verify(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto checkpoint, audit::verify_rows(tx.log(), context.log), "verify log");
    TRY(audit::check_extends(tx.log(), context.log, context.outside), "compare with the checkpoint kept outside");
    Json result = json_of(checkpoint);
    result["verdict"] = "every entry and hash fits the signed checkpoint, and the one kept outside";
    return result;
  });
}

Result<Json> export_files(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto out, arguments.text("out"), "read argument");
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto checkpoint, audit::export_log(tx.log(), context.log, out), "export log");
    Json result = json_of(checkpoint);
    result["out"] = out;
    result["verifier"] = context.log.to_text();
    return result;
  });
}

Result<std::vector<domain::Event>> events_of(Transaction& tx, const domain::IdentityId& id) {
  TRY_LET(const auto entries, tx.log().entries_of(id), "read entries");
  std::vector<domain::Event> events;
  for (const auto& entry : entries) {
    TRY_LET(auto event, domain::parse_event(entry.text), "read entry");
    events.push_back(std::move(event));
  }
  if (events.empty()) return Error(ErrorCode::not_found, "the log says nothing about an identity " + id.text());
  return events;
}

Result<Json> show(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto typed, arguments.text("identity"), "read argument");
  TRY_LET(const auto id, domain::IdentityId::parse(typed), "read id");
  TRY_LET(const auto at, arguments.optional_text("at"), "read argument");
  Timestamp moment = context.now;
  if (!at.empty()) {
    TRY_LET(moment, parse_rfc3339(at), "read moment");
  }
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto events, events_of(tx, id), "read events");
    const auto picture = domain::picture_at(events, moment);
    Json items = Json::array();
    for (const auto& event : events) {
      if (event.at > moment) continue;
      Json item = registry_app::json_of(event);
      item["what"] = event.details.contains("reason") ? event.details.at("reason") : "";
      items.push_back(std::move(item));
    }
    Json result = list_of(std::move(items));
    result["at"] = format_rfc3339(moment);
    result["identity"] = picture.facts;
    return result;
  });
}

}  // namespace

std::span<const Operation> audit_operations() {
  static const std::vector<Operation> kRows{
      {"audit",
       "verify",
       "Verify every entry of the log, its hashes and its checkpoints",
       "audit verify",
       {},
       {},
       verify},
      {"audit",
       "export",
       "Write the log as tiles, for anybody to verify",
       "audit export --out log",
       {{"out", path, required, "the folder, which is made"}},
       {},
       export_files},
      {"audit",
       "show",
       "Tell an identity's history from the log",
       "audit show --identity ID --at 2026-01-31T12:00:00Z",
       {{"identity", text, required, "the identity's id, as 'identity list' shows it"},
        {"at", text, optional, "as it was then, such as 2026-01-31T12:00:00Z [now]"}},
       {"at", "type", "actor", "what"},
       show},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
