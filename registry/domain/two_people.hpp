// What destroys in bulk, or gives up history (accepted_loss.hpp), needs two people: one asks, another confirms, and
// only then is it done.
#pragma once

#include "registry/domain/lifecycle.hpp"

#include <string>
#include <vector>

namespace holdfast::domain {

/// Retiring or revoking many identities at once.
struct BulkChange {
  IdentityState to = IdentityState::retired;
  std::string group;             ///< all of a group; or
  std::optional<OwnerId> owner;  ///< all of an owner
  std::string reason;
  RevocationReason revocation = RevocationReason::unspecified;
};

/// Asks for it. ErrorCode::usage where it says neither a group nor an owner, or a group that no identity can have.
[[nodiscard]] Result<PendingApproval> ask_for(Transaction& tx, const Actor& actor, const BulkChange& change,
                                              Timestamp now);

/// Those that can be approved, the oldest first: what was asked for more than a day ago has to be asked for again.
[[nodiscard]] Result<std::vector<PendingApproval>> waiting_approvals(Transaction& tx, Timestamp now);

/// What an approval would do, for people; where it cannot be read, that.
struct ApprovalWords {
  std::string what;  ///< "retire all of the group 'yard'"
  std::string reason;
};
[[nodiscard]] Result<ApprovalWords> in_words(Transaction& tx, const PendingApproval& approval);

/// What came of an approval.
struct BulkReport {
  std::size_t changed = 0;
  std::size_t left_alone = 0;  ///< in a terminal state before
};
/// Confirms and does whatever was asked for. ErrorCode::refused for whoever asked, and where it was done before or
/// asked for more than a day ago.
[[nodiscard]] Result<BulkReport> approve(Transaction& tx, const Actor& actor, const ApprovalId& id, Timestamp now);

}  // namespace holdfast::domain
