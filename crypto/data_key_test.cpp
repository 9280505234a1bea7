#include "crypto/data_key.hpp"

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::hex;
using test::hex_secret;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;

constexpr std::string_view kAltered = "was altered, or belongs to another key or other associated data";

TEST(DataKey, RoundTripsEverySize) {
  const auto key = secret(pattern(32));
  for (const std::size_t size : {0, 1, 15, 16, 17, 100'001}) {
    for (const Bytes& associated : {Bytes(), pattern(50, 2)}) {
      const auto encrypted = encrypt_data(key, associated, pattern(size));
      ASSERT_TRUE(succeeded(encrypted));
      EXPECT_EQ(encrypted->size(), size + kDataOverhead);
      const auto opened = decrypt_data(key, associated, *encrypted);
      ASSERT_TRUE(succeeded(opened));
      EXPECT_EQ(revealed(*opened), pattern(size));
      EXPECT_NE(*encrypt_data(key, associated, pattern(size)), *encrypted) << "a nonce was used twice";
    }
  }
}

TEST(DataKey, IsNonceCiphertextAndTagOfAes256Gcm) {
  for (const Json& row : test::published_cases("aead")) {
    if (test::text(row["suite"]) != "aes-256-gcm") continue;
    Bytes encrypted = hex(row["nonce"]);
    append(encrypted, hex(row["ciphertext"]));
    append(encrypted, hex(row["tag"]));
    const auto opened = decrypt_data(hex_secret(row["key"]), hex(row["associated"]), encrypted);
    ASSERT_TRUE(succeeded(opened));
    EXPECT_EQ(revealed(*opened), hex(row["plaintext"]));
  }
}

TEST(DataKey, EveryChangeIsFound) {
  const auto key = secret(pattern(32));
  const Bytes encrypted = encrypt_data(key, pattern(8), pattern(40)).value();
  for (std::size_t bit = 0; bit < encrypted.size() * 8; ++bit) {
    Bytes changed = encrypted;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_TRUE(failed(decrypt_data(key, pattern(8), changed), ErrorCode::malformed, kAltered)) << bit;
  }
  EXPECT_TRUE(failed(decrypt_data(key, pattern(7), encrypted), ErrorCode::malformed, kAltered));
  EXPECT_TRUE(failed(decrypt_data(secret(pattern(32, 9)), pattern(8), encrypted), ErrorCode::malformed, kAltered));
  EXPECT_TRUE(failed(decrypt_data(key, pattern(8), ByteView(encrypted).first(encrypted.size() - 1)),
                     ErrorCode::malformed, kAltered));
}

TEST(DataKey, SizesOutOfBounds) {
  const auto key = secret(pattern(32));
  const Bytes largest(kMaxDataSize + 1);
  EXPECT_TRUE(failed(encrypt_data(key, {}, largest), ErrorCode::usage,
                     "at most 64 MiB are encrypted as one message, and 67108865 bytes were given; seal larger data"));
  EXPECT_TRUE(succeeded(encrypt_data(key, {}, ByteView(largest).first(kMaxDataSize))));
  EXPECT_TRUE(failed(decrypt_data(key, {}, {}), ErrorCode::malformed, "28 bytes more than its plaintext"));
  EXPECT_TRUE(failed(decrypt_data(key, {}, Bytes(27)), ErrorCode::malformed, "and 27 bytes were given"));
  EXPECT_TRUE(
      failed(decrypt_data(key, {}, Bytes(kMaxDataSize + kDataOverhead + 1)), ErrorCode::malformed, "at most 64 MiB"));
  EXPECT_TRUE(failed(encrypt_data(secret(pattern(16)), {}, {}), ErrorCode::internal, "sizes"));
}

}  // namespace
}  // namespace holdfast::crypto
