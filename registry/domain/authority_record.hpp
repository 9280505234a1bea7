// The authority's certificates, as the registry keeps and records them.
#pragma once

#include "registry/domain/describe.hpp"
#include "registry/domain/store.hpp"

#include <vector>

namespace holdfast::domain {

/// DER, the issuing authority's first and the root's last: at least these two.
using AuthorityChain = std::vector<Bytes>;

[[nodiscard]] Result<void> put_authority(Transaction& tx, const AuthorityChain& chain);
/// Empty where there is none yet.
[[nodiscard]] Result<AuthorityChain> find_authority(Transaction& tx);

/// Names begin with "authority.".
[[nodiscard]] Details describe(const AuthorityChain& chain);
/// What that wrote. ErrorCode::malformed.
[[nodiscard]] Result<AuthorityChain> authority_from(const Event& event);

/// Takes another authority's certificates in the place of those that are there. ErrorCode::refused where the role does
/// not allow it, and for another root once a device has enrolled: it believes the root that it was given.
[[nodiscard]] Result<void> replace_authority(Transaction& tx, const Actor& actor, const AuthorityChain& chain,
                                             Timestamp now);

}  // namespace holdfast::domain
