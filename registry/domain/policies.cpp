#include "registry/domain/policies.hpp"

#include <algorithm>

#include "core/json.hpp"
#include "core/text.hpp"
#include "crypto/suites.hpp"
#include "registry/domain/shown_text.hpp"

namespace holdfast::domain {
namespace {

using std::chrono::seconds;

constexpr seconds kMaxValidity = std::chrono::days(398);
constexpr seconds kMaxSpan = std::chrono::days(36'500);
constexpr std::size_t kMaxAlgorithms = 64;
constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxDomain = 255;

Error wrong(const Policy& policy, const std::string& why) {
  return {ErrorCode::usage, "the policy '" + policy.name + "' " + why};
}

bool can_be_certified(const std::string& name) {
  const auto algorithm = crypto::find_key_algorithm(name);
  return algorithm && crypto::can(crypto::row_of(*algorithm), crypto::KeyUse::sign);
}

Result<void> check_spans(const Policy& policy) {
  if (policy.validity < std::chrono::minutes(5) || policy.validity > kMaxValidity) {
    return wrong(policy, "has certificates that are valid for less than 5 minutes or more than 398 days");
  }
  for (const seconds span : {policy.renewal_grace, policy.orphan_grace, policy.review_every}) {
    if (span < seconds(0) || span > kMaxSpan)
      return wrong(policy, "has a span of less than nothing, or over 100 years");
  }
  return {};
}

// As the authority will have it.
bool is_trust_domain(std::string_view text) {
  return text.size() <= kMaxDomain && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
         });
}

std::int64_t count(seconds span) { return span.count(); }

seconds read_span(JsonReader& reader, const std::string& name) {
  return seconds(static_cast<std::int64_t>(reader.number(name, 0, static_cast<std::uint64_t>(kMaxSpan.count()))));
}

std::vector<std::string> read_algorithms(JsonReader& reader) {
  std::vector<std::string> names;
  for (const Json& name : reader.array("key_algorithms", kMaxAlgorithms)) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace

Result<void> check_policy(const Policy& policy) {
  if (policy.name.empty() || policy.name.size() > kMaxName) {
    return Error(ErrorCode::usage, "a policy's name has 1 to 100 bytes");
  }
  TRY(check_shown(policy.name, kMaxName), "check name");
  if (!policy.spiffe_trust_domain.empty() && !is_trust_domain(policy.spiffe_trust_domain)) {
    return wrong(policy, "has the SPIFFE trust domain '" + printable(policy.spiffe_trust_domain, 80) +
                             "'; such a one has 1 to 255 lower-case letters, digits, dots, dashes and underscores, "
                             "without 'spiffe://'");
  }
  if (policy.key_algorithms.size() > kMaxAlgorithms) return wrong(policy, "names more than 64 keys");
  if (policy.key_algorithms.empty()) return wrong(policy, "certifies no key; name at least one algorithm");
  const auto unknown = std::ranges::find_if_not(policy.key_algorithms, can_be_certified);
  if (unknown != policy.key_algorithms.end()) {
    return wrong(policy, "names '" + *unknown + "', which is none of: " + crypto::list_signature_algorithms());
  }
  return check_spans(policy);
}

Result<std::string> to_json(const Policy& policy) {
  return canonical_json(Json{{"name", policy.name},
                             {"key_algorithms", policy.key_algorithms},
                             {"validity_seconds", count(policy.validity)},
                             {"renewal_grace_seconds", count(policy.renewal_grace)},
                             {"orphan_grace_seconds", count(policy.orphan_grace)},
                             {"review_every_seconds", count(policy.review_every)},
                             {"approval", policy.approval == Approval::required},
                             {"spiffe_trust_domain", policy.spiffe_trust_domain}});
}

Result<Policy> parse_policy(std::string_view json) {
  TRY_LET(const Json value, parse_json(json, "the policy"), "read policy");
  JsonReader reader(value, "the policy");
  Policy policy;
  policy.name = reader.text("name", kMaxName);
  policy.key_algorithms = read_algorithms(reader);
  policy.validity = read_span(reader, "validity_seconds");
  policy.renewal_grace = read_span(reader, "renewal_grace_seconds");
  policy.orphan_grace = read_span(reader, "orphan_grace_seconds");
  policy.review_every = read_span(reader, "review_every_seconds");
  policy.approval = reader.boolean("approval") ? Approval::required : Approval::none;
  policy.spiffe_trust_domain = reader.optional_text("spiffe_trust_domain", 255);
  TRY(reader.finish(), "read policy");
  TRY(check_policy(policy), "check policy");
  return policy;
}

}  // namespace holdfast::domain
