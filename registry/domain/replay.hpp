// Doing again what the log says: by this a registry that was put back from an old backup gets what it has forgotten.
#pragma once

#include "registry/domain/events.hpp"
#include "registry/domain/store.hpp"

namespace holdfast::domain {

/// Does what an entry of the log tells of, and records the entry as it was. Nothing is judged: it happened. What an
/// event does not hold does not come back: certificates themselves (their digests do, by which they are renewed), and
/// when a device was last seen between two certificates. ErrorCode::malformed where the event is of a kind that is not
/// known here, or does not fit what is stored.
[[nodiscard]] Result<void> replay(Transaction& tx, const Event& event);

}  // namespace holdfast::domain
