#include <algorithm>

#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/value_sets.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/policy_commands.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Policy;
using domain::Transaction;
using enum ParameterKind;
using enum Presence;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    words.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

Result<void> read_changes(Policy& policy, const Arguments& arguments) {
  TRY_LET(const auto algorithms, arguments.optional_text("key-algorithms"), "read argument");
  if (!algorithms.empty()) policy.key_algorithms = split(algorithms);
  TRY_LET(policy.validity, arguments.span("validity", policy.validity), "read argument");
  TRY_LET(policy.renewal_grace, arguments.span("renewal-grace", policy.renewal_grace), "read argument");
  TRY_LET(policy.orphan_grace, arguments.span("orphan-grace", policy.orphan_grace), "read argument");
  TRY_LET(policy.review_every, arguments.span("review-every", policy.review_every), "read argument");
  TRY_LET(const auto domain_name, arguments.optional_text("spiffe-trust-domain"), "read argument");
  if (!domain_name.empty()) policy.spiffe_trust_domain = domain_name;
  TRY_LET(const auto approval, arguments.optional_text("approval"), "read argument");
  if (approval == "required") policy.approval = domain::Approval::required;
  if (approval == "none") policy.approval = domain::Approval::none;
  if (approval.empty() || approval == "required" || approval == "none") return {};
  return none_of("approval", approvals());
}

Result<Json> set(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto name, arguments.text("name"), "read argument");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto found, tx.policies().find(name), "find policy");
    Policy policy = found.value_or(Policy{});
    policy.name = name;
    TRY(read_changes(policy, arguments), "read changes");
    TRY(domain::put_policy(tx, context.actor, policy, context.now), "store policy");
    return json_of(policy);
  });
}

Result<Json> show(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto name, arguments.text("name"), "read argument");
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto policy, tx.policies().find(name), "find policy");
    if (!policy) return Error(ErrorCode::not_found, "there is no policy '" + name + "'");
    return json_of(*policy);
  });
}

Result<Json> list(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto policies, tx.policies().list(), "list policies");
    Json items = Json::array();
    for (const Policy& policy : policies) items.push_back(json_of(policy));
    return list_of(std::move(items));
  });
}

}  // namespace

std::span<const Operation> policy_operations() {
  static const std::vector<Operation> kRows{
      {"policy",
       "set",
       "Make a policy, or change what is given of one",
       "policy set sensors --validity 36h --approval required",
       {{"name", text, positional, "its name"},
        {"key-algorithms", text, optional,
         "algorithms of keys that are certified, with commas between them [all but rsa-2048 and rsa-8192]",
         key_algorithms, Listing::several},
        {"validity", span, optional, "how long a certificate is valid, at most 398d [7d]"},
        {"renewal-grace", span, optional, "how long an expired certificate may still renew [30d]"},
        {"orphan-grace", span, optional, "how long from an owner's leaving to suspension [14d]"},
        {"review-every", span, optional, "how often an owner looks at an identity: noted and shown, for people [365d]"},
        {"approval", text, optional, "whether a person approves enrolments [none]", approvals},
        {"spiffe-trust-domain", text, optional, "gives certificates a SPIFFE id in this domain"}},
       {},
       set},
      {"policy", "show", "Show a policy", "policy show default", {{"name", text, positional, "its name"}}, {}, show},
      {"policy",
       "list",
       "List policies",
       "policy list",
       {},
       {"name", "validity", "approval", "renewal_grace", "orphan_grace", "review_every"},
       list},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
