// Giving up what the log has lost: the last way out for a registry whose database is behind what was acknowledged.
#pragma once

#include "registry/domain/store.hpp"
#include "registry/domain/transfers.hpp"

#include <string>

namespace holdfast::domain {

/// What two operators give up, in writing.
struct AcceptedLoss {
  std::string checkpoint;  ///< the signed note kept outside, which the log does not reach; empty where it is missing
  std::uint64_t size = 0;  ///< of the log as it is
  std::string reason;      ///< stands in the log
};

/// Asks for it; another operator approves (two_people.hpp). This alone stands in no log, which nothing can be added to
/// until then. ErrorCode::usage without a reason.
[[nodiscard]] Result<PendingApproval> ask_to_accept(Transaction& tx, const Actor& actor, const AcceptedLoss& loss,
                                                    Timestamp now);

[[nodiscard]] Result<std::string> to_json(const AcceptedLoss& loss);
/// ErrorCode::malformed.
[[nodiscard]] Result<AcceptedLoss> parse_accepted_loss(std::string_view json);
/// Whether an approval's action is one of these.
[[nodiscard]] bool is_accepted_loss(std::string_view action);

/// The entry by which the log goes on without it. ErrorCode::refused where the log has changed since it was asked for.
[[nodiscard]] Result<void> record_loss(Transaction& tx, const Actor& actor, const PendingApproval& approval,
                                       Timestamp now);
/// Whether an entry gives up what is behind this checkpoint (a signed note, or nothing).
[[nodiscard]] bool accepts_loss_of(const Event& event, std::string_view checkpoint);

}  // namespace holdfast::domain
