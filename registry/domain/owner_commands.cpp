#include "registry/domain/owner_commands.hpp"

#include <algorithm>
#include <set>

#include "registry/domain/describe.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/shown_text.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMaxText = 200;

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

Result<Owner> add_owner(Transaction& tx, const Actor& actor, Owner owner, Timestamp now) {
  TRY(tx.owners().add(owner), "store owner");
  tx.record(make_event(now, actor, "owner.added", describe(owner)));
  return owner;
}

Result<OwnerId> find_or_add_team(Transaction& tx, const Actor& actor, const std::string& name, ImportReport& report,
                                 Timestamp now) {
  TRY_LET(const auto found, tx.owners().find_by_key(OwnerKind::team, name), "find team");
  if (found) return found->id;
  TRY_LET(auto id, OwnerId::create(now), "name team");
  TRY_LET(
      const auto team,
      add_owner(tx, actor, {std::move(id), OwnerKind::team, name, name, std::nullopt, OwnerStanding::active, {}}, now),
      "add team");
  ++report.teams_added;
  return team.id;
}

// Flags all identities of an owner who no longer answers for them.
Result<std::size_t> orphan(Transaction& tx, const Owner& owner, Timestamp now) {
  IdentityFilter filter;
  filter.owner = owner.id;
  filter.limit = kPage;
  std::size_t count = 0;
  while (true) {
    TRY_LET(const auto page, tx.identities().list(filter), "list identities");
    for (Identity identity : page) {
      if (is_terminal(identity.state) || identity.orphaned_since) continue;
      identity.orphaned_since = now;
      TRY(tx.identities().update(identity), "flag identity");
      tx.record(make_event(now, the_registry(), "identity.orphaned", identity.id, describe(identity)));
      TRY_LET(auto incident, IncidentId::create(now), "name incident");
      const std::string what = "its owner '" + owner.name + "' has left";
      TRY(tx.incidents().add({incident, IncidentKind::orphan, identity.id, what, now, std::nullopt, "", ""}),
          "open incident");
      tx.record(make_event(now, the_registry(), "incident.opened", identity.id,
                           {{"incident.id", incident.text()}, {"incident.kind", "orphan"}, {"incident.what", what}}));
      ++count;
    }
    if (page.size() < kPage) return count;
    filter.after = page.back().id;
  }
}

Result<std::size_t> leave(Transaction& tx, const Actor& actor, Owner owner, Timestamp now) {
  owner.standing = OwnerStanding::left;
  owner.left_at = now;
  TRY(tx.owners().update(owner), "store owner");
  tx.record(make_event(now, actor, "owner.left", describe(owner)));
  return orphan(tx, owner, now);
}

Result<void> change_owner(Transaction& tx, const Actor& actor, const Owner& before, const Owner& after,
                          ImportReport& report, Timestamp now) {
  const bool same = before.name == after.name && before.team == after.team && before.standing == after.standing;
  if (same) {
    ++report.unchanged;
    return {};
  }
  if (before.standing == OwnerStanding::active && after.standing == OwnerStanding::left) {
    ++report.left;
    TRY_LET(const auto orphaned, leave(tx, actor, after, now), "let owner leave");
    report.orphaned += orphaned;
    return {};
  }
  ++report.changed;
  TRY(tx.owners().update(after), "store owner");
  tx.record(make_event(now, actor, "owner.changed", describe(after)));
  return {};
}

Result<OwnerId> import_entry(Transaction& tx, const Actor& actor, const DirectoryEntry& entry, ImportReport& report,
                             Timestamp now) {
  TRY(check_entry(entry), "check entry");
  std::optional<OwnerId> team;
  if (!entry.team.empty()) {
    TRY_LET(team, find_or_add_team(tx, actor, entry.team, report, now), "find team");
  }
  const std::string key = lower_case(entry.mail);
  TRY_LET(const auto before, tx.owners().find_by_key(OwnerKind::person, key), "find owner");
  const auto left_at = entry.standing == OwnerStanding::left ? std::optional(now) : std::nullopt;
  if (before) {
    const Owner after{before->id, OwnerKind::person, entry.name, key, team, entry.standing, left_at};
    TRY(change_owner(tx, actor, *before, after, report, now), "change owner");
    return before->id;
  }
  TRY_LET(auto id, OwnerId::create(now), "name owner");
  TRY_LET(const auto added,
          add_owner(tx, actor, {id, OwnerKind::person, entry.name, key, team, entry.standing, left_at}, now),
          "add owner");
  ++report.added;
  return added.id;
}

Result<bool> is_due(Transaction& tx, const Identity& identity, Timestamp now) {
  TRY_LET(const auto policy, tx.policies().find(identity.policy), "find policy");
  const auto grace = policy ? policy->orphan_grace : Policy{}.orphan_grace;
  return identity.orphaned_since && now >= *identity.orphaned_since + grace;
}

bool is_in_service(IdentityState state) { return state != IdentityState::suspended && !is_terminal(state); }

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

Details describe(const Transfer& transfer) {
  return {{"transfer.id", transfer.id.text()},
          {"transfer.business_owner", transfer.to.business.text()},
          {"transfer.technical_owner", transfer.to.technical.text()}};
}

}  // namespace

Result<ImportReport> import_owners(Transaction& tx, const Actor& actor, const std::vector<DirectoryEntry>& entries,
                                   ImportExtent extent, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "import owners"), "check role");
  ImportReport report;
  std::set<OwnerId> named;
  for (const DirectoryEntry& entry : entries) {
    TRY_LET(auto id, import_entry(tx, actor, entry, report, now), "import entry");
    if (!named.insert(std::move(id)).second) return usage(entry.mail + " stands there twice");
  }
  if (extent == ImportExtent::partial) return report;
  TRY_LET(const auto owners, tx.owners().list(), "list owners");
  for (const Owner& owner : owners) {
    if (owner.kind == OwnerKind::team || owner.standing == OwnerStanding::left || named.contains(owner.id)) continue;
    TRY_LET(const auto orphaned, leave(tx, actor, owner, now), "let owner leave");
    ++report.left;
    report.orphaned += orphaned;
  }
  return report;
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

Result<std::vector<IdentityId>> due_orphans(Transaction& tx, Timestamp now, std::size_t limit) {
  std::vector<IdentityId> due;
  IdentityFilter filter;
  filter.orphaned_before = now;
  filter.limit = kPage;
  while (true) {
    TRY_LET(const auto orphans, tx.identities().list(filter), "list orphans");
    for (const Identity& identity : orphans) {
      TRY_LET(const bool is_one, is_due(tx, identity, now), "look at orphan");
      if (is_one && is_in_service(identity.state)) due.push_back(identity.id);
      if (due.size() == limit) return due;
    }
    if (orphans.size() < kPage) return due;
    filter.after = orphans.back().id;
  }
}

Result<void> suspend_orphans(Transaction& tx, const std::vector<IdentityId>& due, Timestamp now) {
  for (const IdentityId& id : due) {
    TRY_LET(const Identity identity, load_identity(tx, id), "load identity");
    TRY_LET(const bool still, is_due(tx, identity, now), "look at orphan");
    if (!still || !is_in_service(identity.state)) continue;
    const StateChange change{.identity = id,
                             .to = IdentityState::suspended,
                             .reason = "orphaned since " + format_rfc3339(*identity.orphaned_since),
                             .revocation = RevocationReason::unspecified};
    TRY(change_state(tx, the_registry(), change, now), "suspend");
  }
  return {};
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
  TRY_LET(auto transfer_id, TransferId::create(now), "name transfer");
  Transfer transfer{std::move(transfer_id), id, to, actor.name, now, "", std::nullopt};
  TRY(tx.transfers().add(transfer), "store transfer");
  tx.record(make_event(now, actor, "transfer.started", id, describe(transfer)));
  return transfer;
}

Result<Identity> accept_transfer(Transaction& tx, const Actor& actor, const TransferId& id, Timestamp now) {
  TRY_LET(auto found, tx.transfers().find(id), "find transfer");
  if (!found) return Error(ErrorCode::not_found, "there is no transfer " + id.text());
  Transfer transfer = *std::move(found);
  if (transfer.done) return Error(ErrorCode::refused, "the transfer was accepted already");
  TRY(check_speaks_for(actor, transfer.to, "new"), "check side");
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
