#include "registry/domain/orphans.hpp"

#include <algorithm>

#include "registry/domain/describe.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::array kInService{IdentityState::pending, IdentityState::active, IdentityState::rotating};

// Does `work`, which says whether it has changed anything, for all identities of an owner. Returns how often it has.
template <typename Work>
Result<std::size_t> for_all_of(Transaction& tx, const OwnerId& owner, const Work& work) {
  IdentityFilter filter;
  filter.owner = owner;
  filter.limit = kPage;
  std::size_t count = 0;
  while (true) {
    TRY_LET(const auto page, tx.identities().list(filter), "list identities");
    for (const Identity& identity : page) {
      TRY_LET(const bool changed, work(identity), "change identity");
      if (changed) ++count;
    }
    if (page.size() < kPage) return count;
    filter.after = page.back().id;
  }
}

Result<void> open_incident(Transaction& tx, const IdentityId& identity, const std::string& what, Timestamp now) {
  TRY_LET(auto id, IncidentId::create(now), "name incident");
  TRY(tx.incidents().add({id, IncidentKind::orphan, identity, what, now, std::nullopt, "", ""}), "open incident");
  tx.record(make_event(now, the_registry(), "incident.opened", identity,
                       {{"incident.id", id.text()}, {"incident.kind", "orphan"}, {"incident.what", what}}));
  return {};
}

Result<void> resolve_incidents(Transaction& tx, const Actor& actor, const IdentityId& identity,
                               const std::string& resolution, Timestamp now) {
  constexpr std::size_t kMostLookedAt = 100;
  TRY_LET(const auto open, tx.incidents().list(identity, true, kMostLookedAt), "list incidents");
  for (const Incident& incident : open) {
    if (incident.kind != IncidentKind::orphan) continue;
    TRY(resolve_incident(tx, actor, incident.id, resolution, now), "resolve incident");
  }
  return {};
}

Result<bool> has_active_owners(Transaction& tx, const Ownership& owners) {
  for (const OwnerId* id : {&owners.business, &owners.technical}) {
    TRY_LET(const auto owner, tx.owners().find(*id), "find owner");
    if (!owner || owner->standing != OwnerStanding::active) return false;
  }
  return true;
}

Result<OrphanGraces> read_graces(Transaction& tx) {
  TRY_LET(const auto policies, tx.policies().list(), "list policies");
  OrphanGraces graces;
  for (const Policy& policy : policies) graces[policy.name] = policy.orphan_grace;
  return graces;
}

std::chrono::seconds shortest(const OrphanGraces& graces) {
  auto least = Policy{}.orphan_grace;
  for (const auto& [name, grace] : graces) least = std::min(least, grace);
  return least;
}

bool is_due(const OrphanGraces& graces, const Identity& identity, Timestamp now) {
  const auto found = graces.find(identity.policy);
  const auto grace = found == graces.end() ? Policy{}.orphan_grace : found->second;
  const bool in_service = std::ranges::contains(kInService, identity.state);
  return in_service && identity.orphaned_since && now >= *identity.orphaned_since + grace;
}

}  // namespace

Result<std::size_t> orphan_identities(Transaction& tx, const Owner& owner, Timestamp now) {
  return for_all_of(tx, owner.id, [&](Identity identity) -> Result<bool> {
    if (is_terminal(identity.state) || identity.orphaned_since) return false;
    identity.orphaned_since = now;
    TRY(tx.identities().update(identity), "flag identity");
    tx.record(make_event(now, the_registry(), "identity.orphaned", identity.id, describe(identity)));
    TRY(open_incident(tx, identity.id, "its owner '" + owner.name + "' has left", now), "open incident");
    return true;
  });
}

Result<std::size_t> reclaim_identities(Transaction& tx, const Actor& actor, const Owner& owner, Timestamp now) {
  return for_all_of(tx, owner.id, [&](Identity identity) -> Result<bool> {
    if (is_terminal(identity.state) || !identity.orphaned_since) return false;
    TRY_LET(const bool answered_for, has_active_owners(tx, identity.owners), "look at owners");
    if (!answered_for) return false;
    identity.orphaned_since.reset();
    TRY(tx.identities().update(identity), "take flag");
    tx.record(make_event(now, actor, "identity.reclaimed", identity.id, describe(identity)));
    TRY(resolve_incidents(tx, actor, identity.id, "its owner '" + owner.name + "' is back", now), "resolve incidents");
    return true;
  });
}

// Only whoever was orphaned before the shortest of all graces can be due.
Result<void> OrphanRound::look_on(Transaction& tx, Timestamp now, std::vector<IdentityId>& due) {
  IdentityFilter filter;
  filter.state = kInService.at(state_);
  filter.orphaned_before = now - shortest(*graces_) + std::chrono::seconds(1);
  filter.after = after_;
  filter.limit = kPage;
  TRY_LET(const auto orphans, tx.identities().list(filter), "list orphans");
  for (const Identity& identity : orphans) {
    after_ = identity.id;
    if (is_due(*graces_, identity, now)) due.push_back(identity.id);
    if (due.size() == at_once_) return {};
  }
  if (orphans.size() == kPage) return {};
  after_.reset();
  ++state_;
  return {};
}

Result<std::vector<IdentityId>> OrphanRound::next(Transaction& tx, Timestamp now) {
  if (!graces_) {
    TRY_LET(graces_, read_graces(tx), "read policies");
  }
  std::vector<IdentityId> due;
  while (due.size() < at_once_ && state_ < kInService.size()) TRY(look_on(tx, now, due), "look at orphans");
  return due;
}

Result<void> suspend_orphans(Transaction& tx, const std::vector<IdentityId>& due, Timestamp now) {
  TRY_LET(const auto graces, read_graces(tx), "read policies");
  for (const IdentityId& id : due) {
    TRY_LET(const Identity identity, load_identity(tx, id), "load identity");
    if (!is_due(graces, identity, now)) continue;
    const StateChange change{.identity = id,
                             .to = IdentityState::suspended,
                             .reason = "orphaned since " + format_rfc3339(*identity.orphaned_since),
                             .revocation = RevocationReason::unspecified};
    TRY(change_state(tx, the_registry(), change, now), "suspend");
  }
  return {};
}

}  // namespace holdfast::domain
