#include "crypto/aead.hpp"

#include <algorithm>

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

Aead make(AeadSuite suite, Aead::Direction direction, const SecretBytes& key) {
  return Aead::create(suite, direction, key).value();
}

TEST(Aead, Vectors) {
  for (const Json& row : test::published_cases("aead")) {
    const AeadSuite suite = find_aead_suite(row["suite"].get<std::string>()).value();
    const Bytes plaintext = hex(row["plaintext"]);
    Bytes expected = hex(row["ciphertext"]);
    append(expected, hex(row["tag"]));
    Bytes sealed(plaintext.size() + kAeadTagSize);
    auto sealer = make(suite, Aead::Direction::seal, hex_secret(row["key"]));
    ASSERT_TRUE(succeeded(sealer.seal(hex(row["nonce"]), hex(row["associated"]), plaintext, sealed)));
    EXPECT_EQ(to_hex(sealed), to_hex(expected));
    Bytes opened(plaintext.size());
    auto opener = make(suite, Aead::Direction::open, hex_secret(row["key"]));
    ASSERT_TRUE(succeeded(opener.open(hex(row["nonce"]), hex(row["associated"]), sealed, opened)));
    EXPECT_EQ(opened, plaintext);
  }
}

class AeadSuites : public testing::TestWithParam<AeadSuite> {
 protected:
  const SecretBytes key_ = secret(pattern(kAeadKeySize));
  const Bytes nonce_ = pattern(kAeadNonceSize, 2);
  const Bytes associated_ = pattern(20, 3);
};

TEST_P(AeadSuites, RoundTripsEverySizeWithOneObject) {
  auto sealer = make(GetParam(), Aead::Direction::seal, key_);
  auto opener = make(GetParam(), Aead::Direction::open, key_);
  for (const std::size_t size : {0, 1, 15, 16, 17, 4096, 100'001}) {
    const Bytes plaintext = pattern(size);
    Bytes sealed(size + kAeadTagSize);
    ASSERT_TRUE(succeeded(sealer.seal(nonce_, associated_, plaintext, sealed)));
    Bytes opened(size);
    ASSERT_TRUE(succeeded(opener.open(nonce_, associated_, sealed, opened))) << size;
    EXPECT_EQ(opened, plaintext);
    ASSERT_TRUE(succeeded(sealer.seal(nonce_, {}, plaintext, sealed)));
    ASSERT_TRUE(succeeded(opener.open(nonce_, {}, sealed, opened))) << size;
  }
}

TEST_P(AeadSuites, EveryChangeIsFoundAndTheOutputWiped) {
  auto sealer = make(GetParam(), Aead::Direction::seal, key_);
  auto opener = make(GetParam(), Aead::Direction::open, key_);
  Bytes sealed(40 + kAeadTagSize);
  ASSERT_TRUE(succeeded(sealer.seal(nonce_, associated_, pattern(40), sealed)));
  const auto expect_refused = [&](ByteView nonce, ByteView associated, ByteView ciphertext) {
    Bytes output(40, 0xee);
    EXPECT_TRUE(failed(opener.open(nonce, associated, ciphertext, output), ErrorCode::malformed, "does not match"));
    EXPECT_EQ(output, Bytes(40, 0)) << "unauthenticated plaintext was left behind";
  };
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 0x01;
    expect_refused(nonce_, associated_, changed);
  }
  expect_refused(pattern(kAeadNonceSize, 9), associated_, sealed);
  expect_refused(nonce_, pattern(20, 9), sealed);
  expect_refused(nonce_, {}, sealed);
  Bytes opened(40);
  EXPECT_TRUE(succeeded(opener.open(nonce_, associated_, sealed, opened))) << "a failure must not spoil the next call";
}

TEST_P(AeadSuites, MisuseIsAnErrorNotACrash) {
  EXPECT_FALSE(Aead::create(GetParam(), Aead::Direction::seal, secret(Bytes(31))).ok());
  EXPECT_FALSE(Aead::create(GetParam(), Aead::Direction::open, secret({})).ok());
  auto sealer = make(GetParam(), Aead::Direction::seal, key_);
  auto opener = make(GetParam(), Aead::Direction::open, key_);
  Bytes small(kAeadTagSize - 1);
  Bytes tag(kAeadTagSize);
  Bytes one(1);
  Bytes none;
  EXPECT_TRUE(failed(opener.seal(nonce_, {}, {}, tag), ErrorCode::internal, "direction"));
  EXPECT_TRUE(failed(sealer.open(nonce_, {}, tag, none), ErrorCode::internal, "direction"));
  EXPECT_TRUE(failed(sealer.seal(pattern(11), {}, {}, tag), ErrorCode::internal, "sizes"));
  EXPECT_TRUE(failed(sealer.seal(pattern(13), {}, {}, tag), ErrorCode::internal, "sizes"));
  EXPECT_TRUE(failed(sealer.seal(nonce_, {}, {}, small), ErrorCode::internal, "sizes"));
  EXPECT_TRUE(failed(sealer.seal(nonce_, {}, one, tag), ErrorCode::internal, "sizes"));
  EXPECT_TRUE(failed(opener.open(nonce_, {}, small, none), ErrorCode::internal, "sizes"));
  EXPECT_TRUE(failed(opener.open(nonce_, {}, tag, one), ErrorCode::internal, "sizes"));
}

INSTANTIATE_TEST_SUITE_P(Table, AeadSuites, testing::Values(AeadSuite::aes_256_gcm, AeadSuite::chacha20_poly1305),
                         [](const auto& row) { return test::test_name(row_of(row.param).name); });

TEST(AeadSuites, TableIsComplete) {
  EXPECT_EQ(list_aead_suites(), "aes-256-gcm, chacha20-poly1305");
  for (const AeadRow& row : aead_suites()) {
    EXPECT_EQ(&row_of(row.suite), &row);
    EXPECT_EQ(find_aead_suite(row.name), row.suite);
  }
  EXPECT_EQ(find_aead_suite("aes-128-ecb"), std::nullopt);
  EXPECT_EQ(find_aead_suite(""), std::nullopt);
}

TEST(WrapSecret, RoundTripsAndBindsItsAssociatedData) {
  const SecretBytes key = secret(pattern(32));
  const auto wrapped = wrap_secret(key, as_bytes("place"), secret(pattern(32, 5)));
  ASSERT_TRUE(succeeded(wrapped));
  EXPECT_EQ(wrapped->size(), 32 + kWrapOverhead);
  const auto secret_again = unwrap_secret(key, as_bytes("place"), *wrapped);
  ASSERT_TRUE(succeeded(secret_again));
  EXPECT_EQ(revealed(*secret_again), pattern(32, 5));
  EXPECT_NE(*wrap_secret(key, as_bytes("place"), secret(pattern(32, 5))), *wrapped) << "a nonce was used twice";
  EXPECT_TRUE(failed(unwrap_secret(key, as_bytes("elsewhere"), *wrapped), ErrorCode::malformed, "does not match"));
  EXPECT_TRUE(failed(unwrap_secret(secret(pattern(32, 7)), as_bytes("place"), *wrapped), ErrorCode::malformed, ""));
  EXPECT_TRUE(failed(unwrap_secret(key, {}, Bytes(kWrapOverhead - 1)), ErrorCode::malformed, "too short"));
  EXPECT_TRUE(failed(unwrap_secret(key, {}, {}), ErrorCode::malformed, "too short"));
}

}  // namespace
}  // namespace holdfast::crypto
