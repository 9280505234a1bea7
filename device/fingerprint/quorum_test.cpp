#include "device/fingerprint/quorum.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::make_attribute;
using testing::ElementsAre;
using testing::HasSubstr;

Attribute part(int number, unsigned bits, AttributeClass attribute_class = AttributeClass::replaceable) {
  // Values that have nothing in common.
  return make_attribute("a" + std::to_string(number), std::string(8, static_cast<char>('A' + number)), bits,
                        attribute_class);
}

Fingerprint parts(std::initializer_list<unsigned> bits) {
  Fingerprint fingerprint;
  int number = 0;
  for (const auto b : bits) fingerprint.attributes.push_back(part(number++, b));
  return fingerprint;
}

std::vector<std::string> counted_names(const Fingerprint& fingerprint, const QuorumPlan& plan) {
  std::vector<std::string> names;
  for (const auto& counted : plan.counted) names.push_back(fingerprint.attributes[counted.attribute].name);
  return names;
}

QuorumPlan plan(const Fingerprint& fingerprint, const QuorumRequest& request = {}) {
  auto result = plan_quorum(fingerprint, request);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
  return result.ok() ? std::move(result).value() : QuorumPlan();
}

TEST(CountSubsets, IsTheBinomialCoefficient) {
  EXPECT_EQ(count_subsets(0, 0), 1U);
  EXPECT_EQ(count_subsets(5, 0), 1U);
  EXPECT_EQ(count_subsets(5, 6), 0U);
  EXPECT_EQ(count_subsets(8, 5), 56U);
  EXPECT_EQ(count_subsets(12, 9), 220U);
  EXPECT_EQ(count_subsets(9, 7), 36U);
  EXPECT_EQ(count_subsets(30, 15), 155117520U);
  EXPECT_EQ(count_subsets(64, 32), 4294967295U);
  EXPECT_EQ(count_subsets(4294967295U, 2), 4294967295U);
  EXPECT_EQ(count_subsets(4294967295U, 4294967294U), 4294967295U);
}

TEST(Quorum, LeavesAMarginThatGrowsWithTheNumberOfGroups) {
  EXPECT_EQ(plan(parts({64})).quorum, 1U);
  EXPECT_EQ(plan(parts({64, 64})).quorum, 2U);
  EXPECT_EQ(plan(parts({64, 64, 64})).quorum, 2U);
  EXPECT_EQ(plan(parts({64, 64, 64, 64, 64})).quorum, 4U);
  EXPECT_EQ(plan(parts({64, 64, 64, 64, 64, 64})).quorum, 4U);
}

TEST(Quorum, IsRaisedAsFarAsTheFloorNeeds) {
  const auto raised = plan(parts({32, 32, 24, 0, 0, 0}));
  EXPECT_EQ(raised.counted.size(), 3U) << "what has no budget is left out when the others hold the floor";
  EXPECT_EQ(raised.quorum, 3U);
  EXPECT_EQ(raised.weakest_bits, 88U);
}

TEST(Quorum, IsNotRaisedWhereThatIsNotEnough) {
  const auto low = plan(parts({16, 16, 16}));
  EXPECT_EQ(low.quorum, 2U);
  EXPECT_EQ(low.weakest_bits, 32U);
  EXPECT_EQ(low.total_bits, 48U);
}

TEST(Quorum, CountsWhatHasNoBudgetOnlyBelowTheFloor) {
  const auto low = plan(parts({32, 0, 0}));
  EXPECT_EQ(low.counted.size(), 3U);
  EXPECT_EQ(low.quorum, 2U);
  EXPECT_EQ(low.weakest_bits, 0U);
}

TEST(Quorum, CountsNineNativeGroupsAtMost) {
  const auto many = plan(parts({32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 24}));
  EXPECT_EQ(many.counted.size(), 9U);
  EXPECT_EQ(many.quorum, 7U);
}

TEST(Quorum, CountsAllThatTheOperatorNamed) {
  auto fingerprint = parts({32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  for (std::size_t i = 1; i < fingerprint.attributes.size(); ++i) fingerprint.attributes[i].named_by_operator = true;
  const auto named = plan(fingerprint);
  EXPECT_EQ(named.counted.size(), 12U);  // the hardware is not crowded out
  EXPECT_EQ(named.quorum, 10U);
}

TEST(Quorum, OfManyAttributesIsRaisedUntilTheSubsetsAreFewEnough) {
  auto fingerprint = parts({9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
  for (auto& attribute : fingerprint.attributes) attribute.named_by_operator = true;
  EXPECT_EQ(plan(fingerprint, {.quorum = {}, .required = {}, .max_subsets = 36}).quorum, 9U);
}

TEST(Quorum, WeakestIsTheSumOfTheSmallestBudgets) {
  const auto result = plan(parts({32, 24, 32, 20}), {.quorum = 2, .required = {}});
  EXPECT_EQ(result.weakest_bits, 44U);
  EXPECT_EQ(result.weakest_hardware_bits, 44U);
  EXPECT_EQ(result.total_bits, 108U);
  EXPECT_EQ(result.tier, Tier::declared);
}

TEST(Quorum, PutsTheMostStableFirst) {
  Fingerprint fingerprint;
  fingerprint.attributes.push_back(part(0, 40, AttributeClass::declared));
  fingerprint.attributes.push_back(part(1, 24, AttributeClass::replaceable));
  fingerprint.attributes.push_back(part(2, 32, AttributeClass::replaceable));
  fingerprint.attributes.push_back(part(3, 32, AttributeClass::burned_in));
  fingerprint.attributes.push_back(part(4, 32, AttributeClass::board));
  EXPECT_THAT(counted_names(fingerprint, plan(fingerprint)), ElementsAre("a3", "a4", "a2", "a1", "a0"));
}

TEST(Quorum, AGroupCountsOnceWithItsLargestBudget) {
  auto fingerprint = parts({24, 32, 24, 32});
  for (std::size_t i = 0; i < 3; ++i) fingerprint.attributes[i].group = "board";
  const auto result = plan(fingerprint);
  EXPECT_THAT(counted_names(fingerprint, result), ElementsAre("a1", "a3"));
  EXPECT_EQ(result.total_bits, 64U);
}

TEST(Quorum, TheOperatorsAttributeStandsForItsGroup) {
  auto fingerprint = parts({32, 8});
  for (auto& attribute : fingerprint.attributes) attribute.group = "board";
  fingerprint.attributes[1].named_by_operator = true;
  const auto result = plan(fingerprint);
  EXPECT_THAT(counted_names(fingerprint, result), ElementsAre("a1"));
  EXPECT_EQ(result.counted[0].bits, 8U) << "the other value plays no part, so its budget must not count";
}

TEST(Quorum, ADeclaredCopyOfAHardwareValueIsWorthTheSameBits) {
  Fingerprint fingerprint;
  fingerprint.attributes.push_back(make_attribute("dmi", "9MQ4NN2", 24, AttributeClass::board));
  fingerprint.attributes.push_back(make_attribute("env", "TAG-9MQ4NN2", 0, AttributeClass::declared));
  for (auto& attribute : fingerprint.attributes) attribute.group = "board";
  fingerprint.attributes[1].named_by_operator = true;
  const auto result = plan(fingerprint);
  EXPECT_THAT(counted_names(fingerprint, result), ElementsAre("env"));
  EXPECT_EQ(result.total_bits, 24U);
  EXPECT_EQ(result.weakest_hardware_bits, 0U);
}

TEST(Quorum, TheTierIsSoftwareOnlyByHardwareBits) {
  EXPECT_EQ(plan(parts({32, 32})).tier, Tier::software);
  auto claimed = parts({32, 32});
  claimed.attributes[0].bits_claimed = true;
  EXPECT_EQ(plan(claimed).weakest_bits, 64U);
  EXPECT_EQ(plan(claimed).weakest_hardware_bits, 32U);
  EXPECT_EQ(plan(claimed).tier, Tier::declared);
  auto soft = parts({32, 32});
  soft.attributes[0].attribute_class = AttributeClass::software;
  EXPECT_EQ(plan(soft).tier, Tier::declared);
}

TEST(Required, LeavesTheCountedSetWithItsGroup) {
  auto fingerprint = parts({32, 32, 32, 24});
  fingerprint.attributes[1].group = fingerprint.attributes[0].group;
  const auto result = plan(fingerprint, {.quorum = {}, .required = {"a1"}});
  EXPECT_THAT(counted_names(fingerprint, result), ElementsAre("a2", "a3"));
  ASSERT_EQ(result.required.size(), 1U);
  EXPECT_EQ(result.required[0].attribute, 1U);
  EXPECT_EQ(result.weakest_bits, 88U);
}

TEST(Required, TwoOfOneGroupCountOnce) {
  auto fingerprint = parts({32, 24});
  for (auto& attribute : fingerprint.attributes) {
    attribute.group = "board";
    attribute.required = true;
  }
  const auto result = plan(fingerprint);
  EXPECT_EQ(result.required.size(), 2U);
  EXPECT_EQ(result.weakest_bits, 32U);
  EXPECT_EQ(result.weakest_hardware_bits, 32U);
}

TEST(Required, MayBeEverything) {
  auto fingerprint = parts({32, 32});
  for (auto& attribute : fingerprint.attributes) attribute.required = true;
  const auto result = plan(fingerprint);
  EXPECT_EQ(result.quorum, 0U);
  EXPECT_TRUE(result.counted.empty());
  EXPECT_EQ(result.weakest_bits, 64U);
  EXPECT_EQ(result.tier, Tier::software);
}

TEST(EveryQuorumNeedsRoot, WhenTheOthersAreTooFew) {
  auto fingerprint = parts({32, 32, 32});
  const QuorumRequest two{.quorum = 2, .required = {}};
  EXPECT_FALSE(plan(fingerprint, two).every_quorum_needs_root);
  fingerprint.attributes[0].only_root_reads = true;
  EXPECT_FALSE(plan(fingerprint, two).every_quorum_needs_root);
  fingerprint.attributes[1].only_root_reads = true;
  EXPECT_TRUE(plan(fingerprint, two).every_quorum_needs_root);
}

TEST(EveryQuorumNeedsRoot, WhenARequiredValueDoes) {
  auto fingerprint = parts({32, 32, 32});
  fingerprint.attributes[0].only_root_reads = true;
  fingerprint.attributes[0].required = true;
  EXPECT_TRUE(plan(fingerprint).every_quorum_needs_root);
}

TEST(Quorum, IsRefusedWithTheReason) {
  auto absent = parts({32, 32});
  absent.attributes[1].state = AttributeState::unavailable;
  absent.attributes[1].reason = "needs root";
  auto required_absent = parts({32, 32});
  required_absent.attributes[1].state = AttributeState::empty;
  required_absent.attributes[1].required = true;
  auto all_required = parts({32});
  all_required.attributes[0].required = true;
  auto many = parts({32, 32, 32, 32, 32, 32, 32, 32, 32});
  struct Case {
    std::reference_wrapper<const Fingerprint> fingerprint;
    QuorumRequest request;
    ErrorCode code;
    std::string message;
  };
  const auto two = parts({32, 32});
  const Fingerprint none;
  const Case cases[] = {
      {two, {.quorum = 0, .required = {}}, ErrorCode::usage, "between 1 and 2"},
      {two, {.quorum = 3, .required = {}}, ErrorCode::usage, "between 1 and 2"},
      {all_required, {.quorum = 1, .required = {}}, ErrorCode::usage, "must be 0"},
      {two, {.quorum = {}, .required = {"nonesuch"}}, ErrorCode::not_found, "no attribute 'nonesuch'"},
      {absent, {.quorum = {}, .required = {"a1"}}, ErrorCode::not_found, "'a1' is unavailable: needs root"},
      {required_absent, {}, ErrorCode::not_found, "'a1' is empty"},
      {none, {}, ErrorCode::refused, "no attribute of this machine is present"},
      {many, {.quorum = 5, .required = {}, .max_subsets = 100}, ErrorCode::refused, "126 subsets, more than the 100"},
  };
  for (const auto& c : cases) {
    const auto result = plan_quorum(c.fingerprint, c.request);
    ASSERT_FALSE(result.ok()) << c.message;
    EXPECT_EQ(result.error().code(), c.code) << c.message;
    EXPECT_THAT(result.error().message(), HasSubstr(c.message));
  }
}

TEST(Quorum, PassesOverWhatIsNotPresent) {
  auto fingerprint = parts({32, 32, 32});
  fingerprint.attributes[0].state = AttributeState::placeholder;
  EXPECT_THAT(counted_names(fingerprint, plan(fingerprint)), ElementsAre("a1", "a2"));
}

Fingerprint two_named_beside_hardware() {
  auto fingerprint = parts({0, 0, 64});
  fingerprint.attributes[0].named_by_operator = true;
  fingerprint.attributes[1].named_by_operator = true;
  return fingerprint;
}

const QuorumRequest kNamedOnly{.quorum = {}, .required = {}, .participants = Participants::named};

TEST(NamedQuorum, IsAllThatTheOperatorNamedAndNothingElse) {
  const auto fingerprint = two_named_beside_hardware();
  const auto result = plan(fingerprint, kNamedOnly);
  ASSERT_EQ(result.required.size(), 2U);
  EXPECT_EQ(result.required[0].attribute, 0U);
  EXPECT_EQ(result.required[1].attribute, 1U);
  EXPECT_TRUE(result.counted.empty());
  EXPECT_EQ(result.quorum, 0U);
  EXPECT_EQ(result.total_bits, 0U);
}

TEST(NamedQuorum, CountsWhatTheOperatorDoesNotRequire) {
  auto fingerprint = two_named_beside_hardware();
  fingerprint.attributes[1].required = false;
  const auto result = plan(fingerprint, kNamedOnly);
  ASSERT_EQ(result.required.size(), 1U);
  EXPECT_EQ(result.required[0].attribute, 0U);
  EXPECT_THAT(counted_names(fingerprint, result), ElementsAre("a1"));
  EXPECT_EQ(result.quorum, 1U);
}

TEST(NamedQuorum, TakesNothingFromHardwareOfTheSameGroup) {
  auto fingerprint = two_named_beside_hardware();
  fingerprint.attributes[2].group = fingerprint.attributes[0].group;
  const auto result = plan(fingerprint, kNamedOnly);
  EXPECT_EQ(result.required.size(), 2U);
  EXPECT_EQ(result.total_bits, 0U);
}

TEST(NamedQuorum, MissesNamedAttributesThatAreAbsent) {
  auto fingerprint = two_named_beside_hardware();
  fingerprint.attributes[1].state = AttributeState::unavailable;
  fingerprint.attributes[1].reason = "not set";
  const auto missing = plan_quorum(fingerprint, kNamedOnly);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr("'a1' is unavailable: not set"));

  fingerprint.attributes[0].required = false;
  fingerprint.attributes[1].required = false;
  fingerprint.attributes[0].state = AttributeState::empty;
  const auto none = plan_quorum(fingerprint, kNamedOnly);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), ErrorCode::refused);
  EXPECT_THAT(none.error().message(), HasSubstr("none of the attributes in the credential file"));
}

}  // namespace
}  // namespace holdfast::fingerprint
