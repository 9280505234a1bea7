#include "crypto/kdf.hpp"

#include "crypto/hash.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::hex;
using test::hex_secret;
using test::revealed;
using test::secret;
using test::succeeded;

TEST(Hkdf, Vectors) {
  for (const Json& row : test::computed_cases("hkdf_sha512.json")) {
    const auto output =
        hkdf(hex_secret(row["key"]), hex(row["salt"]), hex(row["info"]), row["size"].get<std::size_t>());
    ASSERT_TRUE(succeeded(output)) << row;
    const bool by_digest = row.contains("sha256");
    const Bytes got = by_digest ? hash(HashAlgorithm::sha256, {revealed(*output)}).value() : revealed(*output);
    EXPECT_EQ(to_hex(got), test::text(row[by_digest ? "sha256" : "output"]));
  }
}

TEST(Hkdf, RefusesMoreThanTheAlgorithmGives) {
  EXPECT_TRUE(succeeded(hkdf(secret(Bytes(32)), {}, {}, 255 * 64)));
  EXPECT_FALSE(hkdf(secret(Bytes(32)), {}, {}, 255 * 64 + 1).ok());
}

TEST(Argon2id, Vectors) {
  for (const Json& row : test::computed_cases("argon2id.json")) {
    const Argon2Params params{row["memory_kib"], row["passes"], row["lanes"]};
    const auto output = argon2id(hex_secret(row["key"]), hex(row["salt"]), params);
    ASSERT_TRUE(succeeded(output)) << row;
    EXPECT_EQ(to_hex(revealed(*output)), test::text(row["output"]));
  }
}

TEST(Argon2id, BoundsOfItsParameters) {
  struct Row {
    Argon2Params params;
    bool fine;
  };
  constexpr std::uint32_t kMiB = 1024;
  const Row rows[] = {
      {kArgon2Standard, true},      {kArgon2Strong, true},
      {{19 * kMiB, 2, 1}, true},    {{19 * kMiB - 1, 2, 1}, false},
      {{1024 * kMiB, 16, 4}, true}, {{1024 * kMiB + 1, 2, 1}, false},
      {{19 * kMiB, 1, 1}, false},   {{19 * kMiB, 0, 1}, false},
      {{19 * kMiB, 17, 1}, false},  {{19 * kMiB, 2, 0}, false},
      {{19 * kMiB, 2, 5}, false},   {{0, 0, 0}, false},
      {{0xffffffff, 2, 1}, false},  {{19 * kMiB, 0xffffffff, 1}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(check_bounds(row.params).ok(), row.fine)
        << row.params.memory_kib << " " << row.params.passes << " " << row.params.lanes;
    if (row.fine) continue;
    EXPECT_TRUE(failed(argon2id(secret(Bytes(8)), Bytes(16), row.params), ErrorCode::malformed, "out of bounds"));
  }
}

TEST(Label, BeginsWithTheFormat) { EXPECT_EQ(as_text(label("seal")), "holdfast/v1/seal"); }

TEST(JoinSecrets, PutsTheLengthBeforeEachField) {
  const SecretBytes joined = join_secrets({as_bytes("ab"), {}, as_bytes("c")});
  EXPECT_EQ(to_hex(revealed(joined)),
            "000000026162"
            "00000000"
            "0000000163");
  EXPECT_TRUE(join_secrets({}).empty());
}

}  // namespace
}  // namespace holdfast::crypto
