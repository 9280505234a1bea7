#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Policy;

constexpr std::string_view kPut =
    "INSERT INTO policies (name, rules) VALUES (:1, :2) ON CONFLICT (name) DO UPDATE SET rules = excluded.rules";
const Query kFind{.sql = "SELECT rules FROM policies WHERE name = :1", .columns = "t"};
const Query kList{.sql = "SELECT rules FROM policies ORDER BY name", .columns = "t"};

Result<Policy> parse(Row& row) { return domain::parse_policy(row.text()); }

}  // namespace

Result<void> Policies::put(const Policy& policy) {
  TRY_LET(const std::string rules, domain::to_json(policy), "write policy");
  return add_row(session_, kPut, {policy.name, rules}, "policy");
}

Result<std::optional<Policy>> Policies::find(const std::string& name) {
  return parse_first(session_.first(kFind, {name}), parse);
}

Result<std::vector<Policy>> Policies::list() { return parse_all(session_.query(kList, {}), parse); }

}  // namespace holdfast::storage
