#include "device/anchor/anchor_file.hpp"

#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using test::machine;
using test::must;
using test::request_for;
using test::TemporaryFolder;

// One anchor for all tests of this file: making one takes a second of Argon2id.
struct Made {
  TemporaryFolder folder;
  fingerprint::Fingerprint device = machine(3);
  Bytes bytes;
  std::optional<OpenedAnchor> opened;

  Made() {
    const auto state = must(StateFolder::create(folder.path() / "state"));
    auto request = request_for(device, 2);
    request.deliver_recovery_code = [](const SecretBytes&) { return Result<void>(); };
    must(create_anchor(state, request));
    bytes = must(read_file(state.anchor_file(), kMaxAnchorFileSize));
    opened = must(open_with_fingerprint(must(state.load_anchor()), {&device, nullptr}, Search::first_subset));
  }
};

const Made& made() {
  static const Made kMade;
  return kMade;
}

// The digest over altered bytes, which any tamperer can compute.
Bytes with_fresh_digest(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  const auto line = text.rfind("sha256 ");
  bytes.resize(line);
  const auto digest = must(crypto::hash(crypto::HashAlgorithm::sha256, {bytes}));
  append(bytes, as_bytes("sha256 " + to_hex(digest) + "\n"));
  return bytes;
}

TEST(AnchorFile, IsReadAsItWasWritten) {
  const auto parsed = must(parse_anchor_file(made().bytes));
  EXPECT_TRUE(verify_anchor_mac(parsed, made().opened->roots.newest()).ok());
  EXPECT_EQ(must(serialise_anchor_file(parsed.file, made().opened->roots.newest())), made().bytes);
  EXPECT_EQ(parsed.file.slots.size(), 2U);
}

TEST(AnchorFile, EveryBitFlipIsFoundBeforeAnySecretIsAskedFor) {
  for (std::size_t i = 0; i < made().bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = made().bytes;
      flipped[i] ^= static_cast<std::uint8_t>(1 << bit);
      const auto parsed = parse_anchor_file(flipped);
      ASSERT_FALSE(parsed.ok()) << "byte " << i << ", bit " << bit;
      ASSERT_EQ(parsed.error().code(), ErrorCode::malformed);
    }
  }
}

// The digest is no protection: a tamperer makes a new one. Then the parser or the MAC refuses each bit.
TEST(AnchorFile, EveryBitFlipUnderAFreshDigestIsRefusedByParserOrMac) {
  const std::size_t end = as_text(made().bytes).rfind("sha256 ");
  for (std::size_t i = 0; i < end; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = made().bytes;
      flipped[i] ^= static_cast<std::uint8_t>(1 << bit);
      const auto parsed = parse_anchor_file(with_fresh_digest(std::move(flipped)));
      if (!parsed.ok()) continue;
      ASSERT_FALSE(verify_anchor_mac(*parsed, made().opened->roots.newest()).ok()) << "byte " << i << ", bit " << bit;
    }
  }
}

// A sample through the whole unlocking, Argon2id included.
TEST(AnchorFile, SampledBitFlipsDoNotOpen) {
  const std::size_t end = as_text(made().bytes).rfind("sha256 ");
  unsigned tried = 0;
  for (std::size_t i = 0; i < end; i += 41) {
    auto flipped = made().bytes;
    flipped[i] ^= 1;
    auto parsed = parse_anchor_file(with_fresh_digest(std::move(flipped)));
    if (!parsed.ok()) continue;
    ++tried;
    const auto opened = open_with_fingerprint(std::move(*parsed), {&made().device, nullptr}, Search::all_subsets);
    ASSERT_FALSE(opened.ok()) << "byte " << i;
  }
  EXPECT_GT(tried, 10U);
}

TEST(AnchorFile, TruncatedExtendedAndForeignFilesAreRefused) {
  for (std::size_t size = 0; size < made().bytes.size(); size += 7) {
    EXPECT_FALSE(parse_anchor_file(ByteView(made().bytes).first(size)).ok()) << size;
  }
  auto longer = made().bytes;
  append(longer, as_bytes("\n"));
  EXPECT_FALSE(parse_anchor_file(longer).ok());
  const auto newer = parse_anchor_file(as_bytes("holdfast-anchor-v2\n{}\n"));
  ASSERT_FALSE(newer.ok());
  EXPECT_NE(newer.error().message().find("install a newer holdfast"), std::string::npos);
}

// A slot taken from another anchor, or left out, changes the authenticated bytes.
TEST(AnchorFile, DroppedAndReplayedSlotsFailTheMac) {
  auto parsed = must(parse_anchor_file(made().bytes));
  const auto& root = made().opened->roots.newest();
  const Root other(root.anchor(), root.epoch(), SecretBytes::copy_of(Bytes(kRootSize, 1)));
  parsed.file.slots.pop_back();
  const auto forged = must(parse_anchor_file(must(serialise_anchor_file(parsed.file, other))));
  EXPECT_FALSE(verify_anchor_mac(forged, root).ok());
}

}  // namespace
}  // namespace holdfast::anchor
