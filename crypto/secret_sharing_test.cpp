// Shamir's secret sharing, beside an independent implementation in Python (tests/vectors/crypto/secret_sharing.py).
#include "crypto/secret_sharing.hpp"

#include <algorithm>
#include <bit>

#include "crypto/random.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::hex_secret;
using test::revealed;
using test::succeeded;

// Gives out `bytes`, and no more.
FillRandom fill_from(Bytes bytes) {
  return [bytes = std::move(bytes), at = std::size_t{0}](MutableByteView room) mutable -> Result<void> {
    if (bytes.size() - at < room.size()) return Error(ErrorCode::internal, "more was drawn than there is");
    std::ranges::copy(ByteView(bytes).subspan(at, room.size()), room.begin());
    at += room.size();
    return {};
  };
}

std::vector<IndexedShare> chosen(const std::vector<SecretBytes>& shares, unsigned subset) {
  std::vector<IndexedShare> some;
  for (unsigned i = 0; i < shares.size(); ++i) {
    if ((subset >> i & 1U) != 0) some.push_back({i + 1, &shares[i]});
  }
  return some;
}

TEST(SecretSharing, IsWhatTheReferenceMakes) {
  for (const auto& row : test::computed_cases("secret_sharing.json")) {
    const auto threshold = row["threshold"].get<unsigned>();
    const auto count = static_cast<unsigned>(row["shares"].size());
    const auto shares =
        split_secret(hex_secret(row["secret"]), {threshold, count}, fill_from(test::hex(row["random"])));
    ASSERT_TRUE(succeeded(shares));
    for (unsigned i = 0; i < count; ++i) EXPECT_EQ(revealed((*shares)[i]), test::hex(row["shares"][i])) << i;
    const auto all = chosen(*shares, (1U << count) - 1);
    const auto secret = combine_shares(std::span(all).last(threshold));
    ASSERT_TRUE(succeeded(secret));
    EXPECT_EQ(revealed(*secret), test::hex(row["secret"]));
  }
}

// Every subset of up to six shares: enough of them give the secret, fewer never do.
TEST(SecretSharing, EverySubsetGivesTheSecretOrDoesNot) {
  const auto secret = random_secret(kSharedSecretSize).value();
  for (unsigned count = 2; count <= 6; ++count) {
    for (unsigned threshold = 2; threshold <= count; ++threshold) {
      const auto shares = split_secret(secret, {threshold, count}).value();
      for (unsigned subset = 1; subset < 1U << count; ++subset) {
        const auto combined = combine_shares(chosen(shares, subset));
        const bool enough = std::popcount(subset) >= static_cast<int>(threshold);
        EXPECT_EQ(combined.ok() && revealed(*combined) == revealed(secret), enough)
            << threshold << " of " << count << ", subset " << subset;
      }
    }
  }
}

TEST(SecretSharing, DrawsNewSharesEachTime) {
  const auto secret = random_secret(kSharedSecretSize).value();
  const auto one = split_secret(secret, {2, 2}).value();
  const auto other = split_secret(secret, {2, 2}).value();
  EXPECT_NE(revealed(one[0]), revealed(other[0]));
  EXPECT_NE(revealed(one[1]), revealed(other[1]));
}

TEST(SecretSharing, FailsWhereNothingRandomIsToBeHad) {
  const auto secret = random_secret(kSharedSecretSize).value();
  EXPECT_TRUE(failed(split_secret(secret, {3, 3}, fill_from(Bytes(64))), ErrorCode::internal, "more was drawn"));
}

TEST(SecretSharing, RefusesOtherCounts) {
  const auto secret = random_secret(kSharedSecretSize).value();
  for (const ShareCounts counts : {ShareCounts{0, 3}, {1, 3}, {4, 3}, {2, 1}, {2, 17}, {17, 17}}) {
    EXPECT_TRUE(failed(split_secret(secret, counts), ErrorCode::usage, "2 to 16 shares"))
        << counts.threshold << " of " << counts.shares;
  }
  EXPECT_FALSE(split_secret(SecretBytes(31), {2, 3}).ok());
}

TEST(SecretSharing, RefusesWhatIsNoShare) {
  const auto secret = random_secret(kSharedSecretSize).value();
  const auto shares = split_secret(secret, {2, 2}).value();
  const auto with = [&](unsigned index, const SecretBytes& share) {
    const std::vector<IndexedShare> both{{1, &shares[0]}, {index, &share}};
    return combine_shares(both);
  };
  EXPECT_TRUE(succeeded(with(2, shares[1])));
  EXPECT_TRUE(failed(with(1, shares[1]), ErrorCode::usage, "twice"));
  EXPECT_TRUE(failed(with(0, shares[1]), ErrorCode::usage, "1 to 16"));
  EXPECT_TRUE(failed(with(17, shares[1]), ErrorCode::usage, "1 to 16"));
  EXPECT_TRUE(failed(with(2, SecretBytes(32)), ErrorCode::malformed, "no number"));
  // The prime itself, 2^256 + 297, is the first number that is none of the field.
  Bytes prime(kShareSize);
  prime[0] = 1;
  prime[31] = 1;
  prime[32] = 41;
  EXPECT_TRUE(failed(with(2, test::secret(prime)), ErrorCode::malformed, "no number"));
  --prime[32];
  const auto largest = with(2, test::secret(prime));
  EXPECT_TRUE(largest.ok() || largest.error().message().contains("do not belong together"));
  EXPECT_TRUE(failed(combine_shares({}), ErrorCode::usage, "no shares"));
}

// Shares of 2^256 and 2^256: the line through them is 2^256 everywhere, which is no secret.
TEST(SecretSharing, RefusesSharesOfNoSecret) {
  Bytes large(kShareSize);
  large[0] = 1;
  const auto share = test::secret(large);
  const std::vector<IndexedShare> both{{1, &share}, {2, &share}};
  EXPECT_TRUE(failed(combine_shares(both), ErrorCode::malformed, "do not belong together"));
}

}  // namespace
}  // namespace holdfast::crypto
