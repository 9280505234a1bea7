// Making, revoking and opening enrolment grants.
#pragma once

#include "registry/domain/enrolment_service.hpp"
#include "registry/domain/store.hpp"

#include <string>
#include <vector>

namespace holdfast::domain {

/// A grant as it is given out: the only time that its secret is there.
struct IssuedGrant {
  Grant grant;
  std::string secret;  ///< as make_bearer_secret
};

struct GrantOrder {
  Intent intent;
  std::chrono::seconds valid_for = std::chrono::days(7);
  std::size_t count = 1;  ///< 1 to 10,000; more than one needs "{n}" in the name
};

/// Makes single-use grants. ErrorCode::refused where the role, an owner or the policy does not allow it, and
/// ErrorCode::usage where name, purpose, an owner or the count is missing or makes no sense.
[[nodiscard]] Result<std::vector<IssuedGrant>> create_grants(Transaction& tx, const Actor& actor,
                                                             const GrantOrder& order, Timestamp now);
/// Only while it is open: ErrorCode::refused.
[[nodiscard]] Result<Grant> revoke_grant(Transaction& tx, const Actor& actor, const GrantId& id, Timestamp now);

/// The grant of these credentials, whatever its state. ErrorCode::wrong_passphrase, which says no more, where there is
/// none or the secret is another one.
[[nodiscard]] Result<Grant> open_grant(Transaction& tx, const GrantCredentials& credentials);

}  // namespace holdfast::domain
