#include "registry/domain/policy_commands.hpp"

#include "registry/domain/describe.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {

Result<void> put_policy(Transaction& tx, const Actor& actor, const Policy& policy, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::registry}, "change policies"), "check role");
  TRY(check_policy(policy), "check policy");
  TRY(tx.policies().put(policy), "store policy");
  TRY_LET(std::string text, to_json(policy), "write policy");
  tx.record(make_event(now, actor, "policy.set", {{"policy.name", policy.name}, {"policy", std::move(text)}}));
  return {};
}

}  // namespace holdfast::domain
