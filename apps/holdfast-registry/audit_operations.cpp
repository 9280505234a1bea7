#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "core/encoding.hpp"
#include "registry/audit/export.hpp"
#include "registry/domain/accepted_loss.hpp"
#include "registry/domain/history.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/replay.hpp"

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
  TRY_LET(const auto id, arguments.id<domain::IdentityId>("identity"), "read id");
  TRY_LET(const auto at, arguments.optional_text("at"), "read argument");
  // Without a moment all of it, also what a clock that was set back has dated in the future.
  Timestamp moment = Timestamp::max();
  if (!at.empty()) {
    TRY_LET(moment, parse_rfc3339(at), "read moment");
  }
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto identity, tx.identities().find(id), "find identity");
    if (identity) TRY(domain::check_concerns(context.actor, *identity), "check owner");
    // Whose it was is not known then.
    if (!identity && context.actor.role == domain::Role::owner) {
      return Error(ErrorCode::refused, "you are not an owner of an identity " + id.text());
    }
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
    result["at"] = format_rfc3339(at.empty() ? context.now : moment);
    result["identity"] = picture.facts;
    return result;
  });
}

// An entry as it was written: what reading and writing it again would change is no entry of ours.
Result<domain::Event> parse_entry(std::string_view text) {
  TRY_LET(auto event, domain::parse_event(text), "read entry");
  TRY_LET(const auto again, domain::to_json(event), "write entry");
  if (again == text) return event;
  return Error(ErrorCode::malformed, "an entry of the log is not as this program writes it");
}

// Where a registry stands that an export is to go on from.
struct Standing {
  std::uint64_t size = 0;
  audit::TreeHash root{};

  bool operator==(const Standing&) const = default;
};

Result<Standing> standing_of(Transaction& tx) {
  TRY_LET(const auto size, tx.log().size(), "read the log's size");
  TRY_LET(const auto root, audit::root_at(audit::StoredRows(tx.log()), size), "compute root");
  return Standing{size, root};
}

// Both are signed by the same key where a loss was accepted after the export, and the log has gone on another way.
Result<void> check_goes_on(const std::string& folder, const audit::Checkpoint& target, const Standing& from) {
  if (target.size <= from.size) {
    return Error(ErrorCode::refused, "'" + folder + "' has " + std::to_string(target.size) +
                                         " entries of the log, and the registry has " + std::to_string(from.size) +
                                         " itself: there is nothing to bring back");
  }
  TRY_LET(const auto root, audit::earlier_root(folder, target.size, from.size), "compute the export's root");
  if (root == from.root) return {};
  return Error(ErrorCode::refused, "'" + folder + "' is of another history than the registry's: of the " +
                                       std::to_string(from.size) +
                                       " entries that the registry has, the last at the latest is another one there; "
                                       "nothing of it can be brought back");
}

Result<Json> replay(const Context& context, const Arguments& arguments) {
  TRY(domain::check_role(context.actor, {domain::Role::admin}, "bring back the log"), "check role");
  TRY_LET(const auto folder, arguments.text("folder"), "read argument");
  TRY_LET(const auto target, audit::verify_export(folder, context.log), "verify exported log");
  Standing from;
  TRY(context.database.read([&](Transaction& tx) -> Result<void> {
    TRY_LET(from, standing_of(tx), "look where the log ends");
    return {};
  }),
      "read the log");
  TRY(check_goes_on(folder, target, from), "compare the export with the log");
  context.journal.expect(target);
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto now, standing_of(tx), "look where the log ends");
    if (now != from) return Error(ErrorCode::io, "the log has gone on while the export was read; try again");
    const auto again = [&](std::string_view text) -> Result<void> {
      TRY_LET(const auto event, parse_entry(text), "read entry");
      return domain::replay(tx, event);
    };
    TRY(audit::read_export(folder, from.size, target.size, again), "replay");
    return Json{{"replayed", target.size - from.size}, {"entries", target.size}};
  });
}

Result<Json> accept_loss(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto reason, arguments.text("reason"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    const auto extends = audit::check_extends(tx.log(), context.log, context.outside);
    if (extends.ok()) return Error(ErrorCode::refused, "nothing that was acknowledged is missing from the log");
    TRY_LET(const auto note, context.outside.load(), "read the checkpoint kept outside");
    TRY_LET(const auto size, tx.log().size(), "read the log's size");
    const domain::AcceptedLoss loss{note.value_or(""), size, reason};
    TRY_LET(const auto approval, domain::ask_to_accept(tx, context.actor, loss, context.now), "ask");
    return Json{{"approval", approval.id.text()},
                {"missing", extends.error().message()},
                {"waits_for", "another admin: 'approval give'"}};
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
       {{"out", path, required, "the folder, which the registry makes"}},
       {},
       export_files,
       Audience::staff},
      {"audit",
       "show",
       "Tell an identity's history from the log",
       "audit show --identity ID --at 2026-01-31T12:00:00Z",
       {{"identity", text, required, "the identity's id, as 'identity list' shows it"},
        {"at", text, optional, "as it was then, such as 2026-01-31T12:00:00Z [now]"}},
       {"at", "type", "actor", "what"},
       show},
      {"audit",
       "replay",
       "Bring back what an old backup has forgotten, from an exported log",
       "audit replay log",
       {{"folder", path, positional, "what 'audit export' wrote later than the backup"}},
       {},
       replay},
      {"audit",
       "accept-loss",
       "Give up what the log has lost, once another admin approves",
       "audit accept-loss --reason 'the disk is beyond repair'",
       {{"reason", text, required, "why; it stands in the log"}},
       {},
       accept_loss},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
