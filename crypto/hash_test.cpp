#include "crypto/hash.hpp"

#include <set>

#include "crypto/compare.hpp"
#include "crypto/random.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::hex;
using test::hex_secret;
using test::succeeded;

TEST(Hash, Vectors) {
  for (const Json& row : test::published_cases("sha2")) {
    const HashAlgorithm algorithm = find_hash(row["hash"].get<std::string>()).value();
    const Bytes message = hex(row["message"]);
    const auto digest = hash(algorithm, {message});
    ASSERT_TRUE(succeeded(digest));
    EXPECT_EQ(to_hex(*digest), test::text(row["digest"]));
    EXPECT_EQ(digest->size(), digest_size(algorithm));
    // In parts, one of them empty.
    EXPECT_EQ(*hash(algorithm, {ByteView(message).first(1), {}, ByteView(message).subspan(1)}), *digest);
  }
}

TEST(Hash, OfNothing) {
  EXPECT_EQ(to_hex(*hash(HashAlgorithm::sha256, {})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HmacSha256, Vectors) {
  for (const Json& row : test::published_cases("hmac_sha256")) {
    const Bytes message = hex(row["message"]);
    const auto tag = hmac_sha256(hex_secret(row["key"]), {ByteView(message).first(3), ByteView(message).subspan(3)});
    ASSERT_TRUE(succeeded(tag));
    EXPECT_EQ(to_hex(*tag), test::text(row["tag"]));
  }
}

TEST(CtEqual, ComparesContentAndSize) {
  struct Row {
    std::string_view a, b;
    bool equal;
  };
  const Row rows[] = {{"", "", true},
                      {"a", "a", true},
                      {"a", "b", false},
                      {"a", "", false},
                      {"", "a", false},
                      {"ab", "a", false},
                      {"xa", "xb", false},
                      {"ax", "bx", false},
                      {"abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz0123456788", false}};
  for (const Row& row : rows) EXPECT_EQ(ct_equal(as_bytes(row.a), as_bytes(row.b)), row.equal) << row.a << " " << row.b;
}

TEST(Random, FillsEverySizeAndDoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(to_hex(*random_bytes(16))).second);
  EXPECT_TRUE(random_bytes(0)->empty());
  // getrandom gives large requests in parts.
  const auto large = random_secret(std::size_t{1} << 20);
  ASSERT_TRUE(succeeded(large));
  const auto tail = large->expose(SecretAccess{}).last(32);
  EXPECT_NE(Bytes(tail.begin(), tail.end()), Bytes(32));
}

}  // namespace
}  // namespace holdfast::crypto
