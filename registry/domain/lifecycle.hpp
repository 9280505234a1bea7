// Taking identities from one state to another, with all that follows.
#pragma once

#include "registry/domain/store.hpp"

#include <string>
#include <vector>

namespace holdfast::domain {

/// A change of state that somebody asks for.
struct StateChange {
  IdentityId identity;
  IdentityState to = IdentityState::active;
  std::string reason;  ///< for people; stands in the log
  RevocationReason revocation = RevocationReason::unspecified;
};

/// ErrorCode::usage where a reason has more than 500 bytes: an entry of the log has its limit, and so has a change that
/// waits for a second person.
[[nodiscard]] Result<void> check_reason(const std::string& reason);

/// The identity, or ErrorCode::not_found, naming it.
[[nodiscard]] Result<Identity> load_identity(Transaction& tx, const IdentityId& id);

/// Does it: suspending puts all its certificates on hold, going back takes them off; retiring and revoking revokes them
/// and ends its anchors, all for ever. ErrorCode::refused where the state, the role or the ownership forbids it.
/// Returns the identity as it is now.
[[nodiscard]] Result<Identity> change_state(Transaction& tx, const Actor& actor, const StateChange& change,
                                            Timestamp now);

/// All that follows from an identity's change from one state to the one that `after` has, which is stored: nothing is
/// judged and nothing recorded. Returns the serial numbers of the certificates that it concerned.
[[nodiscard]] Result<std::vector<std::string>> carry_through(Transaction& tx, const Identity& after, IdentityState from,
                                                             RevocationReason revocation, Timestamp now);

/// Suspends an identity with an incident as its reason: a new one, unless one of this kind is open. Says nothing of an
/// identity that is suspended already. Not for terminal ones: ErrorCode::refused.
[[nodiscard]] Result<IncidentId> quarantine(Transaction& tx, const IdentityId& identity, IncidentKind kind,
                                            const std::string& what, Timestamp now);

/// Closes an incident. The identity stays as it is: resuming it is a step of its own.
[[nodiscard]] Result<Incident> resolve_incident(Transaction& tx, const Actor& actor, const IncidentId& id,
                                                const std::string& resolution, Timestamp now);

}  // namespace holdfast::domain
