// Lists of identities, a page at a time.
#pragma once

#include "registry/domain/store.hpp"
#include "registry/storage/session.hpp"

namespace holdfast::storage {

/// Every page costs the same, however many identities and pages there are: an index leads to its first row, and is
/// followed from there. Only conditions beside the one that the index is for may make it pass over rows.
[[nodiscard]] Result<std::vector<domain::Identity>> list_identities(Session& session,
                                                                    const domain::IdentityFilter& filter);

}  // namespace holdfast::storage
