#include "registry/domain/owner_commands.hpp"

#include <algorithm>
#include <set>

#include "registry/domain/describe.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/orphans.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/shown_text.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kMaxText = 200;
constexpr std::chrono::seconds kPatience = std::chrono::days(30);

Error usage(const std::string& why) { return {ErrorCode::usage, why}; }

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Result<void> check_entry(const DirectoryEntry& entry) {
  const auto at = entry.mail.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == entry.mail.size()) {
    return usage("'" + entry.mail + "' is no mail address; every person has one, by which they are known");
  }
  if (entry.name.empty()) return usage(entry.mail + " has no name");
  for (const auto* text : {&entry.mail, &entry.name, &entry.team}) {
    TRY(check_shown(*text, kMaxText), "check text");
  }
  return {};
}

// One import: who does it, when, and what has come of it so far.
struct Import {
  Transaction& tx;
  const Actor& actor;
  Timestamp now;
  ImportReport report;
};

Result<Owner> add_owner(Import& import, Owner owner) {
  TRY(import.tx.owners().add(owner), "store owner");
  import.tx.record(make_event(import.now, import.actor, "owner.added", describe(owner)));
  return owner;
}

// A changed owner, whose identities are no longer orphaned where that brings them back.
Result<void> store_change(Import& import, const Owner& before, const Owner& after) {
  ++import.report.changed;
  TRY(import.tx.owners().update(after), "store owner");
  import.tx.record(make_event(import.now, import.actor, "owner.changed", describe(after)));
  if (before.standing == after.standing) return {};
  TRY_LET(const auto reclaimed, reclaim_identities(import.tx, import.actor, after, import.now), "reclaim identities");
  import.report.reclaimed += reclaimed;
  return {};
}

// Whoever is in a team that had left brings it back.
Result<OwnerId> find_or_add_team(Import& import, const DirectoryEntry& member) {
  const std::string& name = member.team;
  TRY_LET(const auto found, import.tx.owners().find_by_key(OwnerKind::team, name), "find team");
  if (found && (found->standing == OwnerStanding::active || member.standing == OwnerStanding::left)) return found->id;
  if (found) {
    const Owner back{found->id, OwnerKind::team, name, name, std::nullopt, OwnerStanding::active, std::nullopt};
    TRY(store_change(import, *found, back), "bring team back");
    return back.id;
  }
  TRY_LET(auto id, OwnerId::create(import.now), "name team");
  TRY_LET(const auto team,
          add_owner(import, {std::move(id), OwnerKind::team, name, name, std::nullopt, OwnerStanding::active, {}}),
          "add team");
  ++import.report.teams_added;
  return team.id;
}

Result<std::size_t> leave(Transaction& tx, const Actor& actor, Owner owner, Timestamp now) {
  owner.standing = OwnerStanding::left;
  owner.left_at = now;
  TRY(tx.owners().update(owner), "store owner");
  tx.record(make_event(now, actor, "owner.left", describe(owner)));
  return orphan_identities(tx, owner, now);
}

Result<void> change_owner(Import& import, const Owner& before, const Owner& after) {
  const bool same = before.name == after.name && before.team == after.team && before.standing == after.standing;
  if (same) {
    ++import.report.unchanged;
    return {};
  }
  if (before.standing == OwnerStanding::active && after.standing == OwnerStanding::left) {
    ++import.report.left;
    TRY_LET(const auto orphaned, leave(import.tx, import.actor, after, import.now), "let owner leave");
    import.report.orphaned += orphaned;
    return {};
  }
  return store_change(import, before, after);
}

Result<OwnerId> import_entry(Import& import, const DirectoryEntry& entry) {
  TRY(check_entry(entry), "check entry");
  std::optional<OwnerId> team;
  if (!entry.team.empty()) {
    TRY_LET(team, find_or_add_team(import, entry), "find team");
  }
  const std::string key = lower_case(entry.mail);
  TRY_LET(const auto before, import.tx.owners().find_by_key(OwnerKind::person, key), "find owner");
  const auto left_at = entry.standing == OwnerStanding::left ? std::optional(import.now) : std::nullopt;
  if (before) {
    const bool left_before = before->standing == OwnerStanding::left && entry.standing == OwnerStanding::left;
    const Owner after{
        before->id, OwnerKind::person, entry.name, key, team, entry.standing, left_before ? before->left_at : left_at};
    TRY(change_owner(import, *before, after), "change owner");
    return before->id;
  }
  TRY_LET(auto id, OwnerId::create(import.now), "name owner");
  TRY_LET(const auto added, add_owner(import, {id, OwnerKind::person, entry.name, key, team, entry.standing, left_at}),
          "add owner");
  ++import.report.added;
  return added.id;
}

bool is_active_owner(const std::optional<Owner>& owner) { return owner && owner->standing == OwnerStanding::active; }

Result<void> check_new_owners(Transaction& tx, const Ownership& to) {
  for (const OwnerId* id : {&to.business, &to.technical}) {
    TRY_LET(const auto owner, tx.owners().find(*id), "find owner");
    if (is_active_owner(owner)) continue;
    return Error(ErrorCode::refused, "owner " + id->text() + (owner ? " has left" : " does not exist"));
  }
  return {};
}

// Who may speak for one side: its owners, or an operator.
Result<void> check_speaks_for(const Actor& actor, const Ownership& side, const std::string& which) {
  TRY(check_role(actor, {Role::admin, Role::operate, Role::owner}, "transfer identities"), "check role");
  if (actor.role != Role::owner) return {};
  if (actor.owner && (*actor.owner == side.business || *actor.owner == side.technical)) return {};
  return Error(ErrorCode::refused, "'" + actor.name + "' does not speak for the " + which + " owners");
}

// Times alone tell which of an identity's transfers is the newest.
Result<void> check_is_later(Transaction& tx, const IdentityId& identity, Timestamp now) {
  TRY_LET(const auto last, tx.transfers().newest_of(identity), "find transfer");
  if (!last || last->created < now) return {};
  return Error(ErrorCode::refused, "the last transfer of this identity was started at " +
                                       format_rfc3339(last->created) + ", and the next one has to be later; try again");
}

Result<void> check_is_open(Transaction& tx, const Transfer& transfer, Timestamp now) {
  const auto refused = [](const std::string& why) { return Error(ErrorCode::refused, why); };
  if (transfer.done) return refused("the transfer was accepted already");
  TRY_LET(const auto newest, tx.transfers().newest_of(transfer.identity), "find transfer");
  if (newest && newest->id != transfer.id) return refused("a later transfer of this identity replaced it");
  if (now > transfer.created + kPatience) {
    return refused("it was offered more than 30 days ago; have it offered again ('identity transfer')");
  }
  return {};
}

Details describe(const Transfer& transfer) {
  return {{"transfer.id", transfer.id.text()},
          {"transfer.business_owner", transfer.to.business.text()},
          {"transfer.technical_owner", transfer.to.technical.text()}};
}

}  // namespace

Result<ImportReport> import_owners(Transaction& tx, const Actor& actor, const std::vector<DirectoryEntry>& entries,
                                   ImportExtent extent, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "import owners"), "check role");
  if (extent == ImportExtent::complete && entries.empty()) {
    return usage("the table names nobody, and with --complete everybody would have left; look whether it is whole");
  }
  Import import{.tx = tx, .actor = actor, .now = now, .report = {}};
  std::set<OwnerId> named;
  for (const DirectoryEntry& entry : entries) {
    TRY_LET(auto id, import_entry(import, entry), "import entry");
    if (!named.insert(std::move(id)).second) return usage(entry.mail + " stands there twice");
  }
  if (extent == ImportExtent::partial) return import.report;
  TRY_LET(const auto owners, tx.owners().list(), "list owners");
  for (const Owner& owner : owners) {
    if (owner.kind == OwnerKind::team || owner.standing == OwnerStanding::left || named.contains(owner.id)) continue;
    TRY_LET(const auto orphaned, leave(tx, actor, owner, now), "let owner leave");
    ++import.report.left;
    import.report.orphaned += orphaned;
  }
  return import.report;
}

Result<Owner> find_owner(Transaction& tx, const std::string& typed) {
  if (const auto id = OwnerId::parse(typed); id.ok()) {
    TRY_LET(auto owner, tx.owners().find(*id), "find owner");
    if (owner) return *std::move(owner);
  }
  TRY_LET(auto person, tx.owners().find_by_key(OwnerKind::person, lower_case(typed)), "find owner");
  if (person) return *std::move(person);
  TRY_LET(auto team, tx.owners().find_by_key(OwnerKind::team, typed), "find owner");
  if (team) return *std::move(team);
  return Error(ErrorCode::not_found,
               "there is no owner '" + typed + "'; name a mail address or a team that was imported ('owner list')");
}

Result<std::size_t> deactivate_owner(Transaction& tx, const Actor& actor, const OwnerId& id, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "deactivate owners"), "check role");
  TRY_LET(const auto owner, tx.owners().find(id), "find owner");
  if (!owner) return Error(ErrorCode::not_found, "there is no owner " + id.text());
  if (owner->standing == OwnerStanding::left)
    return Error(ErrorCode::refused, "'" + owner->name + "' has left already");
  return leave(tx, actor, *owner, now);
}

Result<Transfer> start_transfer(Transaction& tx, const Actor& actor, const IdentityId& id, const Ownership& to,
                                Timestamp now) {
  TRY_LET(const Identity identity, load_identity(tx, id), "load identity");
  TRY(check_speaks_for(actor, identity.owners, "present"), "check side");
  if (is_terminal(identity.state)) {
    return Error(ErrorCode::refused,
                 "the identity is " + std::string(name_of(identity.state)) + "; nobody can take it over");
  }
  if (identity.owners == to) return usage("these are its owners already");
  TRY(check_new_owners(tx, to), "check new owners");
  TRY(check_is_later(tx, id, now), "look for other transfers");
  TRY_LET(auto transfer_id, TransferId::create(now), "name transfer");
  Transfer transfer{std::move(transfer_id), id, to, actor.name, now, "", std::nullopt};
  TRY(tx.transfers().add(transfer), "store transfer");
  tx.record(make_event(now, actor, "transfer.started", id, describe(transfer)));
  return transfer;
}

Result<std::vector<Transfer>> waiting_transfers(Transaction& tx, Timestamp now) {
  TRY_LET(auto open, tx.transfers().open_ones(), "list transfers");
  std::erase_if(open, [&](const Transfer& transfer) { return now > transfer.created + kPatience; });
  return open;
}

Result<Identity> accept_transfer(Transaction& tx, const Actor& actor, const TransferId& id, Timestamp now) {
  TRY_LET(auto found, tx.transfers().find(id), "find transfer");
  if (!found) return Error(ErrorCode::not_found, "there is no transfer " + id.text());
  Transfer transfer = *std::move(found);
  TRY(check_speaks_for(actor, transfer.to, "new"), "check side");
  TRY(check_is_open(tx, transfer, now), "check transfer");
  if (actor.name == transfer.given_by) {
    return Error(ErrorCode::refused,
                 "a transfer takes two: '" + actor.name + "' has started it, and somebody else accepts");
  }
  TRY_LET(Identity identity, load_identity(tx, transfer.identity), "load identity");
  if (is_terminal(identity.state)) return Error(ErrorCode::refused, "the identity is out of service");
  TRY(check_new_owners(tx, transfer.to), "check new owners");
  identity.owners = transfer.to;
  identity.orphaned_since.reset();
  transfer.taken_by = actor.name;
  transfer.done = now;
  TRY(tx.transfers().update(transfer), "store transfer");
  TRY(tx.identities().update(identity), "store identity");
  Details details = join(domain::describe(identity), describe(transfer));
  details["transfer.given_by"] = transfer.given_by;
  tx.record(make_event(now, actor, "identity.transferred", identity.id, std::move(details)));
  return identity;
}

}  // namespace holdfast::domain
