// Sealing and unsealing in memory: what comes back, and what each condition of a file refuses.
#include "device/seal/test_support.hpp"

namespace holdfast::seal {
namespace {

using test::expect_error;
using test::passphrase_source;
using test::pattern;
using test::seal_or_fail;
using test::secret;
using test::test_root;
using test::unseal;

constexpr std::size_t kSizes[] = {0, 1, 15, 65535, 65536, 65537, 131072, 200000};

Timestamp at(std::string_view text) { return parse_rfc3339(text).value(); }

TEST(Seal, GivesBackEverySizeInEverySuite) {
  for (const auto& row : crypto::aead_suites()) {
    for (const auto size : kSizes) {
      const auto plaintext = pattern(size);
      const auto sealed = seal_or_fail(plaintext, {.suite = row.suite});
      const auto opened = unseal(sealed);
      ASSERT_TRUE(opened.ok()) << row.name << ' ' << size << ": " << opened.error().describe();
      EXPECT_EQ(*opened, plaintext) << row.name << ' ' << size;
      EXPECT_EQ(sealed.size() - test::preamble_size_of(sealed), chunks_size(size));
    }
  }
}

TEST(Seal, SaysWhoSealedAFileInItsFirstLines) {
  const auto sealed = seal_or_fail(as_bytes("text"), {.name = "monday", .media_type = "text/plain"});
  const auto preamble = parse_preamble(sealed, "file");
  ASSERT_TRUE(preamble.ok());
  EXPECT_EQ(preamble->header.anchor, test::test_anchor());
  EXPECT_EQ(preamble->header.name, "monday");
  EXPECT_EQ(preamble->header.media_type, "text/plain");
  EXPECT_TRUE(as_text(sealed).starts_with(kMagicLine));
}

// The published peer sealed every file under one keystream.
TEST(Seal, NeverRepeatsASaltOrAKeystream) {
  const Bytes zeros(2 * kChunkSize);
  const auto first = seal_or_fail(zeros);
  const auto second = seal_or_fail(zeros);
  EXPECT_NE(parse_preamble(first, "a")->header.salt, parse_preamble(second, "b")->header.salt);
  const auto blocks_of = [](const Bytes& sealed) {
    std::vector<std::string> blocks;
    const std::size_t begin = test::preamble_size_of(sealed);
    for (const std::size_t chunk : {begin + kChunkHeadSize, begin + kSealedChunkSize + kChunkHeadSize}) {
      for (std::size_t i = 0; i < kChunkSize; i += 16)
        blocks.emplace_back(as_text(ByteView(sealed).subspan(chunk + i, 16)));
    }
    return blocks;
  };
  // The plaintext is all zeros, so these are the keystream itself.
  auto blocks = blocks_of(first);
  const auto more = blocks_of(second);
  blocks.insert(blocks.end(), more.begin(), more.end());
  std::ranges::sort(blocks);
  EXPECT_EQ(std::ranges::adjacent_find(blocks), blocks.end());
}

TEST(Seal, IntoMemoryOfTheCallerIsTheSameFormat) {
  const auto plaintext = pattern(70000);
  Bytes room(max_sealed_size(plaintext.size()));
  const auto size = seal_into(test_root(), {}, plaintext, room);
  ASSERT_TRUE(size.ok());
  Bytes opened(*size);
  const auto opened_size = unseal_into(test::test_roots(), {}, ByteView(room).first(*size), opened);
  ASSERT_TRUE(opened_size.ok()) << opened_size.error().describe();
  opened.resize(*opened_size);
  EXPECT_EQ(opened, plaintext);
  Bytes small(70000);
  expect_error(seal_into(test_root(), {}, plaintext, small), ErrorCode::usage, "too small");
}

TEST(Seal, OpensIntoLockedMemory) {
  const auto opened = unseal_secret(test::test_roots(), {}, seal_or_fail(as_bytes("a key")));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(as_text(opened->expose(SecretAccess{})), "a key");
}

TEST(Sealer, IsSpentAfterTheLastChunk) {
  auto sealer = Sealer::create(test_root(), {});
  ASSERT_TRUE(sealer.ok());
  Bytes room(kChunkOverhead);
  ASSERT_TRUE(sealer->seal({}, Input::ended, room).ok());
  expect_error(sealer->seal({}, Input::ended, room), ErrorCode::internal, "used after its end");
}

TEST(Sealer, WaitsForAByteBehindAFullChunk) {
  auto sealer = Sealer::create(test_root(), {});
  ASSERT_TRUE(sealer.ok());
  const auto plaintext = pattern(kChunkSize + 1);
  Bytes room(chunks_size(plaintext.size()));
  EXPECT_EQ(sealer->seal(ByteView(plaintext).first(kChunkSize), Input::continues, room)->consumed, 0U);
  EXPECT_EQ(sealer->seal(plaintext, Input::continues, room)->consumed, kChunkSize);
}

TEST(Passphrase, OpensWithTheDeviceAndRefusesEveryOther) {
  const auto passphrase = secret("correct horse");
  const auto sealed = seal_or_fail(as_bytes("text"), {.passphrase = &passphrase});
  const auto opened = unseal(sealed, {.passphrase = passphrase_source("correct horse")});
  ASSERT_TRUE(opened.ok()) << opened.error().describe();
  EXPECT_EQ(as_text(*opened), "text");
  EXPECT_EQ(parse_preamble(sealed, "x")->header.passphrase->costs, crypto::StretchCosts(crypto::kArgon2Strong));
  expect_error(unseal(sealed, {.passphrase = passphrase_source("wrong horse")}), ErrorCode::wrong_passphrase,
               "wrong passphrase");
  expect_error(unseal(sealed), ErrorCode::usage, "a passphrase is needed");
}

TEST(Passphrase, IsMixedWithTheRoot) {
  const auto passphrase = secret("correct horse");
  const auto sealed = seal_or_fail(as_bytes("text"), {.passphrase = &passphrase});
  const anchor::Roots other(anchor::Root(test::test_anchor(), {1}, SecretBytes::copy_of(Bytes(32, 8))));
  expect_error(unseal_bytes(other, {.passphrase = passphrase_source("correct horse")}, sealed), ErrorCode::malformed,
               "header was altered");
}

TEST(Passphrase, ThatIsNotNeededIsRefusedUnlessItWasOnlyAPrompt) {
  const auto sealed = seal_or_fail(as_bytes("text"));
  expect_error(unseal(sealed, {.passphrase = passphrase_source("x")}), ErrorCode::usage, "without a passphrase");
  const PassphraseSource prompt = []() -> Result<SecretBytes> {
    ADD_FAILURE() << "asked for nothing";
    return secret("x");
  };
  EXPECT_TRUE(unseal(sealed, {.passphrase = prompt, .unneeded_passphrase = UnneededPassphrase::ignored}).ok());
}

TEST(Passphrase, IsNotAskedForBeforeTheHeaderIsVerified) {
  const auto passphrase = secret("x");
  auto sealed = seal_or_fail(as_bytes("text"), {.passphrase = &passphrase, .name = "monday"});
  const auto at_name = as_text(sealed).find("monday");
  sealed[at_name] ^= 1;
  const PassphraseSource prompt = []() -> Result<SecretBytes> {
    ADD_FAILURE() << "asked on a foreign header's word";
    return secret("x");
  };
  expect_error(unseal(sealed, {.passphrase = prompt}), ErrorCode::malformed, "header was altered");
}

TEST(Passphrase, SourceMayFail) {
  const auto passphrase = secret("x");
  const auto sealed = seal_or_fail(as_bytes("text"), {.passphrase = &passphrase});
  const PassphraseSource closed = []() -> Result<SecretBytes> { return Error(ErrorCode::io, "no terminal"); };
  expect_error(unseal(sealed, {.passphrase = closed}), ErrorCode::io, "no terminal");
}

TEST(Passphrase, OfNoBytesIsRefusedWhenSealing) {
  const SecretBytes empty;
  expect_error(seal_bytes(test_root(), {.passphrase = &empty}, {}), ErrorCode::usage, "empty");
}

TEST(Expiry, RefusesFromItsMomentOn) {
  const auto sealed = seal_or_fail(as_bytes("text"), {.expires = at("2030-01-02T03:04:05Z")});
  EXPECT_TRUE(unseal(sealed, {.clock = [] { return at("2030-01-02T03:04:04Z"); }}).ok());
  for (const Clock late :
       {Clock([] { return at("2030-01-02T03:04:05Z"); }), Clock([] { return at("2031-01-01T00:00:00Z"); })}) {
    expect_error(unseal(sealed, {.clock = late}), ErrorCode::refused, "expired on 2030-01-02T03:04:05Z");
  }
}

TEST(Name, IsCheckedWhereTheReaderInsists) {
  const auto sealed = seal_or_fail(as_bytes("text"), {.name = "monday"});
  EXPECT_TRUE(unseal(sealed).ok());
  EXPECT_TRUE(unseal(sealed, {.name = "monday"}).ok());
  expect_error(unseal(sealed, {.name = "tues\nday"}), ErrorCode::refused,
               "sealed under the name 'monday', but 'tues\\x0aday' was asked for");
  expect_error(unseal(sealed, {.name = ""}), ErrorCode::refused, "'monday'");
  expect_error(unseal(seal_or_fail(as_bytes("text")), {.name = "monday"}), ErrorCode::refused, "without a name");
}

TEST(Device, ThatIsAnotherIsToldSo) {
  const auto sealed = seal_or_fail(as_bytes("text"));
  anchor::AnchorId other;
  other.bytes.fill(0xEE);
  expect_error(unseal_bytes(anchor::Roots(test_root(1, other)), {}, sealed), ErrorCode::does_not_open,
               "sealed by anchor 000102030405060708090a0b0c0d0e0f; this is anchor " + other.hex());
}

TEST(Device, OfAnotherEpochIsToldSo) {
  const auto sealed = seal_or_fail(as_bytes("text"));
  expect_error(unseal_bytes(anchor::Roots(test_root(2)), {}, sealed), ErrorCode::does_not_open, "root epoch 1");
}

// No anchor has the epoch of stateless roots, and no stateless root another.
TEST(Device, ThatIsStatelessIsTold) {
  const anchor::Roots stateless(test_root(0));
  const auto sealed = seal_bytes(stateless.newest(), {}, as_bytes("text"));
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(unseal_bytes(stateless, {}, *sealed).value(), Bytes({'t', 'e', 'x', 't'}));
  expect_error(unseal_bytes(anchor::Roots(test_root(1)), {}, *sealed), ErrorCode::does_not_open, "root epoch 0");
  expect_error(unseal_bytes(stateless, {}, seal_or_fail(as_bytes("text"))), ErrorCode::does_not_open, "root epoch 1");
  anchor::AnchorId other;
  other.bytes.fill(0xEE);
  expect_error(unseal_bytes(anchor::Roots(test_root(1, other)), {}, *sealed), ErrorCode::does_not_open,
               "sealed by stateless device 000102030405060708090a0b0c0d0e0f; this is anchor ee");
}

// Only the claimed anchor id is right: the root is not.
TEST(Device, WithAnotherRootNeverSucceedsWithGarbage) {
  const auto sealed = seal_or_fail(as_bytes("text"));
  const anchor::Roots other(anchor::Root(test::test_anchor(), {1}, SecretBytes::copy_of(Bytes(32, 8))));
  expect_error(unseal_bytes(other, {}, sealed), ErrorCode::malformed, "header was altered");
}

}  // namespace
}  // namespace holdfast::seal
