#include "registry/storage/identity_row.hpp"

namespace holdfast::storage {

Result<domain::Identity> parse_identity(Row& row) {
  TRY_LET(auto id, row.id<domain::IdentityId>(), "read identity");
  auto name = row.text();
  auto purpose = row.text();
  auto environment = row.text();
  auto group = row.text();
  TRY_LET(auto business, row.id<domain::OwnerId>(), "read identity");
  TRY_LET(auto technical, row.id<domain::OwnerId>(), "read identity");
  TRY_LET(const auto tier, row.named(domain::find_tier), "read identity");
  TRY_LET(const auto state, row.named(domain::find_identity_state), "read identity");
  TRY_LET(const auto before, row.maybe_named(domain::find_identity_state), "read identity");
  // In the order of the columns: initializers in braces are evaluated from the first to the last.
  return domain::Identity{.id = std::move(id),
                          .name = std::move(name),
                          .purpose = std::move(purpose),
                          .environment = std::move(environment),
                          .group = std::move(group),
                          .owners = {.business = std::move(business), .technical = std::move(technical)},
                          .tier = tier,
                          .state = state,
                          .state_before = before,
                          .policy = row.text(),
                          .created = row.time(),
                          .last_seen = row.maybe_time(),
                          .next_review = row.maybe_time(),
                          .retire_after = row.maybe_time(),
                          .retirement_condition = row.text(),
                          .orphaned_since = row.maybe_time()};
}

}  // namespace holdfast::storage
