// Making and changing policies.
#pragma once

#include "registry/domain/store.hpp"

namespace holdfast::domain {

/// Makes it, or puts it in the place of the one of that name. It holds from the next enrolment or renewal on.
/// ErrorCode::usage where nobody can live by it.
[[nodiscard]] Result<void> put_policy(Transaction& tx, const Actor& actor, const Policy& policy, Timestamp now);

}  // namespace holdfast::domain
