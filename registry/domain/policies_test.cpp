#include "registry/domain/policies.hpp"

#include <gmock/gmock.h>

namespace holdfast::domain {
namespace {

using testing::HasSubstr;

TEST(Policies, AreReadBackAsTheyWereWritten) {
  Policy policy;
  policy.name = "sensors";
  policy.key_algorithms = {"ml-dsa-65"};
  policy.validity = std::chrono::hours(36);
  policy.approval = Approval::required;
  policy.spiffe_trust_domain = "fleet.example.org";
  EXPECT_EQ(parse_policy(to_json(policy).value()).value(), policy);
  EXPECT_EQ(parse_policy(to_json(Policy{}).value()).value(), Policy{});
}

TEST(Policies, ThatNobodyCanLiveByAreRefused) {
  const auto refusal = [](auto change) {
    Policy policy;
    change(policy);
    const auto checked = check_policy(policy);
    return checked.ok() ? std::string("nothing") : checked.error().message();
  };
  EXPECT_THAT(refusal([](Policy& p) { p.key_algorithms.clear(); }), HasSubstr("certifies no key"));
  EXPECT_THAT(refusal([](Policy& p) { p.key_algorithms = {"rsa-1024"}; }), HasSubstr("'rsa-1024', which is none of"));
  EXPECT_THAT(refusal([](Policy& p) { p.key_algorithms = {"x25519"}; }), HasSubstr("'x25519'"));
  EXPECT_THAT(refusal([](Policy& p) { p.validity = std::chrono::days(399); }), HasSubstr("398 days"));
  EXPECT_THAT(refusal([](Policy& p) { p.validity = std::chrono::seconds(0); }), HasSubstr("5 minutes"));
  EXPECT_THAT(refusal([](Policy& p) { p.orphan_grace = std::chrono::seconds(-1); }), HasSubstr("less than nothing"));
  EXPECT_THAT(refusal([](Policy& p) { p.name.clear(); }), HasSubstr("1 to 100 bytes"));
}

}  // namespace
}  // namespace holdfast::domain
