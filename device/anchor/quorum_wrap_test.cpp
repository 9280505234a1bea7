#include "device/anchor/quorum_wrap.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <bitset>
#include <ostream>
#include <string>
#include <vector>

#include "core/encoding.hpp"
#include "crypto/random.hpp"
#include "device/anchor/subsets.hpp"
#include "device/anchor/test_support.hpp"
#include "device/fingerprint/quorum.hpp"

namespace holdfast::anchor {
namespace {

using test::change;
using test::hide;
using test::machine;
using test::must;
using test::secret;

Root test_root() { return Root(AnchorId{{1, 2, 3}}, RootEpoch{1}, must(crypto::random_secret(kRootSize))); }

FingerprintSlot slot_for(const fingerprint::Fingerprint& machine, unsigned quorum, std::size_t required = 0) {
  FingerprintSlot slot;
  slot.id.bytes = {9, 9};
  slot.costs = crypto::kArgon2Standard;
  slot.salt = Bytes(kSlotSaltSize, 5);
  slot.quorum = quorum;
  for (const auto& a : machine.attributes) {
    SlotAttribute attribute{a.name, a.source, a.attribute_class,      a.group, a.bits,
                            false,  false,    Bytes(kSlotSaltSize, 7)};
    (slot.required.size() < required ? slot.required : slot.counted).push_back(std::move(attribute));
  }
  return slot;
}

bool opens_same(const Result<Root>& opened, const Root& root) {
  return opened.ok() &&
         std::ranges::equal(opened->secret().expose(SecretAccess{}), root.secret().expose(SecretAccess{}));
}

// Hides every attribute that is not in `subset`.
void keep_only(fingerprint::Fingerprint& machine, const Subset& subset) {
  for (std::size_t i = 0; i < machine.attributes.size(); ++i) {
    if (std::ranges::find(subset, i) == subset.end()) hide(machine, i);
  }
}

class EveryQuorum : public testing::TestWithParam<unsigned> {};

// Every k-subset of n attributes opens by itself, and no smaller set does: exhaustive within the limit of subsets.
TEST_P(EveryQuorum, OpensAndFewerNeverDo) {
  const unsigned n = GetParam();
  const auto whole = machine(n);
  for (unsigned k = 1; k <= n; ++k) {
    if (fingerprint::count_subsets(n, k) > kMaxSubsets) continue;
    const auto root = test_root();
    auto slot = slot_for(whole, k);
    must(wrap_root(slot, root, {&whole, nullptr}));
    ASSERT_EQ(slot.wraps.size(), fingerprint::count_subsets(n, k));
    for (const auto& subset : k_subsets(n, k)) {
      auto partial = machine(n);
      keep_only(partial, subset);
      const auto opened = unwrap_root(slot, root.anchor(), {&partial, nullptr}, Search::all_subsets);
      EXPECT_TRUE(opens_same(opened, root)) << n << " choose " << k << ", " << to_hex(subset);
    }
    for (const auto& fewer : k_subsets(n, k - 1)) {
      auto partial = machine(n);
      keep_only(partial, fewer);
      const auto opened = unwrap_root(slot, root.anchor(), {&partial, nullptr}, Search::all_subsets);
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().code(), ErrorCode::does_not_open);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(UpToSix, EveryQuorum, testing::Range(1U, 7U));

std::atomic<std::uint64_t> guesses = 0;

Result<SecretBytes> count_guess(const SecretBytes& input, ByteView salt, const crypto::StretchCosts&) {
  ++guesses;
  return crypto::hkdf(input, salt, {});
}

// A machine of which only the attributes whose bits are set are as they were.
template <typename Drift>
fingerprint::Fingerprint drifted(unsigned n, unsigned intact, const Drift& drift) {
  auto today = machine(n);
  for (std::size_t i = 0; i < n; ++i) {
    if ((intact >> i & 1U) == 0) drift(today, i);
  }
  return today;
}

void expect_drift_is_survived(const FingerprintSlot& slot, const Root& root, unsigned intact) {
  const auto n = static_cast<unsigned>(slot.counted.size());
  const auto left = static_cast<unsigned>(std::popcount(intact));
  const bool opens = left >= slot.quorum;

  const auto hidden = drifted(n, intact, hide);
  guesses = 0;
  ASSERT_EQ(unwrap_root(slot, root.anchor(), {&hidden, nullptr, count_guess}, Search::all_subsets).ok(), opens);
  ASSERT_EQ(guesses, opens ? 1U : 0U) << "what cannot be read is not guessed with";

  const auto changed = drifted(n, intact, change);
  guesses = 0;
  const auto opened = unwrap_root(slot, root.anchor(), {&changed, nullptr, count_guess}, Search::all_subsets);
  ASSERT_EQ(opened.ok(), opens);
  const auto first = (1U << slot.quorum) - 1;
  if ((intact & first) == first) {
    ASSERT_EQ(guesses, 1U);
  } else if (opens) {
    ASSERT_LE(guesses, slot.wraps.size());
  } else {
    ASSERT_EQ(guesses, slot.wraps.size());
    ASSERT_EQ(opened.error().code(), ErrorCode::does_not_open);
  }
}

struct QuorumOf {
  unsigned k = 0;
  unsigned n = 0;
};

void PrintTo(const QuorumOf& quorum, std::ostream* out) { *out << quorum.k << " of " << quorum.n; }

std::vector<QuorumOf> quorums_of_up_to(unsigned most) {
  std::vector<QuorumOf> all;
  for (unsigned n = 1; n <= most; ++n) {
    for (unsigned k = 1; k <= n; ++k) {
      if (fingerprint::count_subsets(n, k) <= kMaxSubsets) all.push_back({k, n});
    }
  }
  return all;
}

class EveryDrift : public testing::TestWithParam<QuorumOf> {};

// Every pattern of attributes that are as they were: the others changed, or the others not to be read.
TEST_P(EveryDrift, OpensExactlyWhereAQuorumIsLeft) {
  const auto [k, n] = GetParam();
  const auto whole = machine(n);
  const auto root = test_root();
  auto slot = slot_for(whole, k);
  must(wrap_root(slot, root, {&whole, nullptr, count_guess}));
  for (unsigned intact = 0; intact < 1U << n; ++intact) {
    SCOPED_TRACE(testing::Message() << "intact " << std::bitset<12>(intact));
    ASSERT_NO_FATAL_FAILURE(expect_drift_is_survived(slot, root, intact));
  }
}

INSTANTIATE_TEST_SUITE_P(UpToTwelve, EveryDrift, testing::ValuesIn(quorums_of_up_to(12)), [](const auto& quorum) {
  return std::to_string(quorum.param.k) + "_of_" + std::to_string(quorum.param.n);
});

// The same where the other attributes are there, but with other values: every subset is tried and none opens.
TEST(QuorumWrap, FewerCorrectValuesAmongWrongOnesNeverOpen) {
  for (unsigned n = 1; n <= 4; ++n) {
    const auto whole = machine(n);
    for (unsigned k = 1; k <= n; ++k) {
      const auto root = test_root();
      auto slot = slot_for(whole, k);
      must(wrap_root(slot, root, {&whole, nullptr}));
      for (const auto& correct : k_subsets(n, k - 1)) {
        auto other = machine(n);
        for (std::size_t i = 0; i < n; ++i) {
          if (std::ranges::find(correct, i) == correct.end()) change(other, i);
        }
        EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&other, nullptr}, Search::all_subsets).ok());
      }
    }
  }
}

TEST(QuorumWrap, OpensWithDriftByTryingTheOtherSubsets) {
  const auto whole = machine(5);
  const auto root = test_root();
  auto slot = slot_for(whole, 3);
  must(wrap_root(slot, root, {&whole, nullptr}));
  auto drifted = machine(5);
  change(drifted, 0);
  change(drifted, 1);
  EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&drifted, nullptr}, Search::first_subset).ok());
  std::atomic<unsigned> calls{0};
  const auto opened =
      unwrap_root(slot, root.anchor(), {&drifted, nullptr}, Search::all_subsets, [&](unsigned done, unsigned total) {
        EXPECT_LE(done, total);
        ++calls;
      });
  EXPECT_TRUE(opens_same(opened, root));
  EXPECT_GT(calls, 0U);
}

TEST(QuorumWrap, BindsNameAndSourceAndNotOnlyTheValue) {
  const auto whole = machine(2);
  const auto root = test_root();
  auto slot = slot_for(whole, 2);
  must(wrap_root(slot, root, {&whole, nullptr}));
  auto swapped = machine(2);
  std::swap(swapped.attributes[0].value, swapped.attributes[1].value);
  EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&swapped, nullptr}, Search::all_subsets).ok());

  auto renamed = machine(2);
  renamed.attributes[0].name = "b0";
  auto renamed_slot = slot;
  renamed_slot.counted[0].name = "b0";
  EXPECT_FALSE(unwrap_root(renamed_slot, root.anchor(), {&renamed, nullptr}, Search::all_subsets).ok());
}

TEST(QuorumWrap, NeedsEveryRequiredAttributeAndThePassphrase) {
  const auto whole = machine(4);
  const auto root = test_root();
  const auto passphrase = secret("correct horse battery");
  auto slot = slot_for(whole, 2, 1);
  slot.needs_passphrase = true;
  must(wrap_root(slot, root, {&whole, &passphrase}));
  EXPECT_TRUE(opens_same(unwrap_root(slot, root.anchor(), {&whole, &passphrase}, Search::first_subset), root));

  const auto wrong = secret("correct horse batterz");
  EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&whole, &wrong}, Search::all_subsets).ok());
  EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&whole, nullptr}, Search::all_subsets).ok());
  auto changed = machine(4);
  change(changed, 0);
  EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&changed, &passphrase}, Search::all_subsets).ok());
  auto missing = machine(4);
  hide(missing, 0);
  const auto refused = unwrap_root(slot, root.anchor(), {&missing, &passphrase}, Search::all_subsets);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("a0"), std::string::npos) << refused.error().message();
}

TEST(QuorumWrap, WorksWhereEverythingIsRequired) {
  const auto whole = machine(2);
  const auto root = test_root();
  auto slot = slot_for(whole, 0, 2);
  must(wrap_root(slot, root, {&whole, nullptr}));
  ASSERT_EQ(slot.wraps.size(), 1U);
  EXPECT_TRUE(opens_same(unwrap_root(slot, root.anchor(), {&whole, nullptr}, Search::first_subset), root));
  auto changed = machine(2);
  change(changed, 1);
  EXPECT_FALSE(unwrap_root(slot, root.anchor(), {&changed, nullptr}, Search::all_subsets).ok());
}

TEST(QuorumWrap, BindsTheSlotsOwnParameters) {
  const auto whole = machine(3);
  const auto root = test_root();
  auto slot = slot_for(whole, 2);
  must(wrap_root(slot, root, {&whole, nullptr}));
  const auto refuses = [&](const char* what, const FingerprintSlot& altered, const AnchorId& anchor) {
    EXPECT_FALSE(unwrap_root(altered, anchor, {&whole, nullptr}, Search::first_subset).ok()) << what;
  };
  auto altered = slot;
  altered.counted[0].bits = 64;
  refuses("bits", altered, root.anchor());
  altered = slot;
  altered.epoch.number = 2;
  refuses("epoch", altered, root.anchor());
  altered = slot;
  altered.id.bytes[0] ^= 1;
  refuses("slot id", altered, root.anchor());
  altered = slot;
  std::swap(altered.wraps[0], altered.wraps[1]);
  refuses("swapped wraps", altered, root.anchor());
  refuses("another anchor", slot, AnchorId{{7}});
}

}  // namespace
}  // namespace holdfast::anchor
