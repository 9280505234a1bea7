#include "registry/storage/identity_list.hpp"
#include "registry/storage/identity_row.hpp"
#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Identity;
using domain::IdentityId;
using domain::IdentityState;

constexpr std::string_view kAdd =
    "INSERT INTO identities (id, name, purpose, environment, group_name, business_owner, technical_owner, tier, state, "
    "state_before, policy, created, last_seen, next_review, retire_after, retirement_condition, orphaned_since) "
    "VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10, :11, :12, :13, :14, :15, :16, :17)";
constexpr std::string_view kUpdate =
    "UPDATE identities SET name = :1, purpose = :2, environment = :3, group_name = :4, business_owner = :5, "
    "technical_owner = :6, tier = :7, state = :8, state_before = :9, policy = :10, last_seen = :11, next_review = :12, "
    "retire_after = :13, retirement_condition = :14, orphaned_since = :15 WHERE id = :16";
// What no index holds, as long as what they hold stays: SQLite would write all of them anew.
constexpr std::string_view kUpdateRest =
    "UPDATE identities SET purpose = :1, environment = :2, tier = :3, state_before = :4, policy = :5, last_seen = :6, "
    "next_review = :7, retire_after = :8, retirement_condition = :9 WHERE id = :10 AND name = :11 AND group_name = :12 "
    "AND business_owner = :13 AND technical_owner = :14 AND state = :15 AND orphaned_since IS NOT DISTINCT FROM :16";
const Query kFind{.sql = std::string(kIdentitySelect) + "identities WHERE id = :1", .columns = kIdentityColumns};
const Query kCount{.sql = "SELECT state, how_many FROM identity_counts", .columns = "tn"};

Value state_before(const Identity& identity) {
  return identity.state_before ? Value(domain::name_of(*identity.state_before)) : Value::nothing(ValueKind::text);
}

}  // namespace

Result<void> Identities::add(const Identity& identity) {
  return add_row(
      session_, kAdd,
      {identity.id.text(), identity.name, identity.purpose, identity.environment, identity.group,
       identity.owners.business.text(), identity.owners.technical.text(), domain::name_of(identity.tier),
       domain::name_of(identity.state), state_before(identity), identity.policy, identity.created, identity.last_seen,
       identity.next_review, identity.retire_after, identity.retirement_condition, identity.orphaned_since},
      "identity");
}

Result<void> Identities::update(const Identity& identity) {
  TRY_LET(const std::uint64_t changed,
          session_.execute(kUpdateRest,
                           {identity.purpose, identity.environment, domain::name_of(identity.tier),
                            state_before(identity), identity.policy, identity.last_seen, identity.next_review,
                            identity.retire_after, identity.retirement_condition, identity.id.text(), identity.name,
                            identity.group, identity.owners.business.text(), identity.owners.technical.text(),
                            domain::name_of(identity.state), identity.orphaned_since}),
          "change identity " + identity.id.text());
  if (changed == 1) return {};
  return change_row(
      session_, kUpdate,
      {identity.name, identity.purpose, identity.environment, identity.group, identity.owners.business.text(),
       identity.owners.technical.text(), domain::name_of(identity.tier), domain::name_of(identity.state),
       state_before(identity), identity.policy, identity.last_seen, identity.next_review, identity.retire_after,
       identity.retirement_condition, identity.orphaned_since, identity.id.text()},
      "identity " + identity.id.text());
}

Result<std::optional<Identity>> Identities::find(const IdentityId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse_identity);
}

Result<std::vector<Identity>> Identities::list(const domain::IdentityFilter& filter) {
  const auto find = [this](const Query& query, std::span<const Value> values) { return session_.query(query, values); };
  return list_identities(session_.engine(), find, filter);
}

Result<std::vector<std::pair<IdentityState, std::uint64_t>>> Identities::count() {
  TRY_LET(auto rows, session_.query(kCount, {}), "count identities");
  std::vector<std::pair<IdentityState, std::uint64_t>> counts;
  counts.reserve(domain::kIdentityStates.size());
  for (const IdentityState state : domain::kIdentityStates) counts.emplace_back(state, 0);
  for (Row& row : rows) {
    TRY_LET(const IdentityState state, row.named(domain::find_identity_state), "count identities");
    std::ranges::find(counts, state, &std::pair<IdentityState, std::uint64_t>::first)->second =
        static_cast<std::uint64_t>(row.number());
  }
  return counts;
}

}  // namespace holdfast::storage
