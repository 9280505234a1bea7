// Lists of identities, a page at a time.
#pragma once

#include "registry/domain/store.hpp"
#include "registry/storage/session.hpp"

namespace holdfast::storage {

/// Finds the rows of a query.
using Find = std::function<Result<std::vector<Row>>(const Query& query, std::span<const Value> values)>;

/// Every page costs the same, however many identities and pages there are: an index leads to its first row, and is
/// followed from there. Only conditions beside the one that the index is for may make it pass over rows; where one of
/// them leads to few identities, its index is taken, so that nobody waits for what hardly exists. In the order of ids,
/// or of names where they are filtered.
[[nodiscard]] Result<std::vector<domain::Identity>> list_identities(Engine engine, const Find& find,
                                                                    const domain::IdentityFilter& filter);

}  // namespace holdfast::storage
