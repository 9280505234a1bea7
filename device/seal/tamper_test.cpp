// Every way of damaging a sealed file is refused, named, and yields nothing.
#include <algorithm>

#include "device/seal/file_keys.hpp"
#include "device/seal/test_support.hpp"

namespace holdfast::seal {
namespace {

using test::expect_error;
using test::pattern;
using test::preamble_size_of;
using test::seal_or_fail;
using test::unseal;

/// Unseals into memory filled with a mark, and expects a refusal that leaves no plaintext there.
void expect_refused_without_output(ByteView sealed, ByteView plaintext, const std::string& what) {
  Bytes output(sealed.size(), 0xA5);
  const auto result = unseal_into(test::test_roots(), {}, sealed, output);
  EXPECT_FALSE(result.ok()) << what;
  if (plaintext.size() < 16) return;
  const auto found = std::ranges::search(output, plaintext.first(16));
  EXPECT_TRUE(found.empty()) << what << " left plaintext behind";
}

/// A sealed file cut into its lines and chunks, to be put together otherwise.
struct Parts {
  Bytes preamble;
  std::vector<Bytes> chunks;
};

Parts parts_of(const Bytes& sealed) {
  const auto begin = static_cast<std::ptrdiff_t>(preamble_size_of(sealed));
  Parts parts{Bytes(sealed.begin(), sealed.begin() + begin), {}};
  for (auto at = sealed.begin() + begin; at < sealed.end();) {
    const auto end = at + std::min<std::ptrdiff_t>(kSealedChunkSize, sealed.end() - at);
    parts.chunks.emplace_back(at, end);
    at = end;
  }
  return parts;
}

Bytes join(const Parts& parts) {
  Bytes file = parts.preamble;
  for (const auto& chunk : parts.chunks) append(file, chunk);
  return file;
}

TEST(Tamper, EverySingleBitFlipIsRefused) {
  const auto plaintext = pattern(40);
  const auto sealed = seal_or_fail(plaintext, {.name = "monday"});
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto altered = sealed;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    expect_refused_without_output(altered, plaintext, "bit " + std::to_string(bit));
  }
}

TEST(Tamper, EveryTruncationIsRefused) {
  const auto plaintext = pattern(40);
  const auto sealed = seal_or_fail(plaintext);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    expect_error(unseal(ByteView(sealed).first(size)), ErrorCode::malformed, "truncated");
    expect_refused_without_output(ByteView(sealed).first(size), plaintext, "size " + std::to_string(size));
  }
}

TEST(Tamper, TruncationBetweenChunksIsSeen) {
  auto parts = parts_of(seal_or_fail(pattern(3 * kChunkSize)));
  ASSERT_EQ(parts.chunks.size(), 3U);
  parts.chunks.pop_back();
  expect_error(unseal(join(parts)), ErrorCode::malformed, "truncated: it ends within or before chunk 3");
  expect_refused_without_output(join(parts), pattern(16), "two of three chunks");
  parts.chunks.clear();
  expect_error(unseal(join(parts)), ErrorCode::malformed, "truncated: it ends within or before chunk 1");
}

TEST(Tamper, TrailingBytesAreRefused) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{40}, kChunkSize}) {
    const auto sealed = seal_or_fail(pattern(size));
    for (const std::size_t extra : {std::size_t{1}, std::size_t{4}, kSealedChunkSize}) {
      auto longer = sealed;
      longer.resize(sealed.size() + extra);
      expect_error(unseal(longer), ErrorCode::malformed, "bytes follow the last chunk");
      if (size > 0) expect_refused_without_output(longer, pattern(size), "trailing bytes");
    }
    auto twice = sealed;
    append(twice, sealed);
    expect_error(unseal(twice), ErrorCode::malformed, "bytes follow the last chunk");
  }
}

TEST(Tamper, ChunksCannotBeSwappedDroppedRepeatedOrImported) {
  const auto original = parts_of(seal_or_fail(pattern(4 * kChunkSize)));
  const auto foreign = parts_of(seal_or_fail(pattern(4 * kChunkSize)));
  const struct {
    std::vector<Bytes> chunks;
    int altered;
  } cases[] = {
      {{original.chunks[1], original.chunks[0], original.chunks[2], original.chunks[3]}, 1},
      {{original.chunks[0], original.chunks[2], original.chunks[3]}, 2},
      {{original.chunks[0], original.chunks[0], original.chunks[1], original.chunks[2], original.chunks[3]}, 2},
      {{original.chunks[0], original.chunks[1], foreign.chunks[2], original.chunks[3]}, 3},
      {{original.chunks[0], original.chunks[3]}, 2},
      {foreign.chunks, 1},
  };
  for (const auto& [chunks, altered] : cases) {
    const auto file = join({original.preamble, chunks});
    expect_error(unseal(file), ErrorCode::malformed, "chunk " + std::to_string(altered) + " was altered");
    expect_refused_without_output(file, pattern(16), "rearranged chunks");
  }
}

TEST(Tamper, TheLastFlagCannotMove) {
  const auto original = parts_of(seal_or_fail(pattern(3 * kChunkSize)));
  auto shortened = original;
  shortened.chunks.pop_back();
  shortened.chunks[1][0] |= 0x80;
  expect_error(unseal(join(shortened)), ErrorCode::malformed, "chunk 2 was altered");
  auto continued = original;
  continued.chunks[2][0] &= 0x7F;
  continued.chunks.push_back(original.chunks[2]);
  expect_error(unseal(join(continued)), ErrorCode::malformed, "chunk 3 was altered");
}

TEST(Tamper, AnAlteredChunkIsNamedAndNothingBeforeItIsLeft) {
  auto parts = parts_of(seal_or_fail(pattern(4 * kChunkSize)));
  parts.chunks[2][kChunkHeadSize + 100] ^= 1;
  expect_error(unseal(join(parts)), ErrorCode::malformed, "the sealed file: chunk 3 was altered");
  expect_refused_without_output(join(parts), pattern(16), "altered chunk");
}

TEST(Tamper, AHeaderCannotBeTakenFromAnotherFile) {
  const auto one = parts_of(seal_or_fail(pattern(40)));
  const auto other = parts_of(seal_or_fail(pattern(40)));
  expect_error(unseal(join({one.preamble, other.chunks})), ErrorCode::malformed, "chunk 1 was altered");
}

// Whoever has the device but not the file key could compute the device tag; the second tag still stands.
TEST(Tamper, TheOpenTagCoversTheHeaderToo) {
  auto sealed = seal_or_fail(pattern(40), {.name = "monday"});
  const auto preamble = parse_preamble(sealed, "x").value();
  std::string line = preamble.header_line;
  line.replace(line.find("monday"), 6, "friday");
  const auto device_tag = compute_device_tag(test::test_root(), line);
  ASSERT_TRUE(device_tag.ok());
  const auto forged = write_preamble(line, *device_tag, preamble.open_tag);
  std::ranges::copy(forged, sealed.begin());
  expect_error(unseal(sealed), ErrorCode::malformed, "second tag");
}

TEST(Tamper, WithAPassphraseAnOpenTagThatIsDamagedReadsAsAWrongPassphrase) {
  const auto passphrase = test::secret("x");
  auto sealed = seal_or_fail(pattern(40), {.passphrase = &passphrase});
  auto& digit = sealed[preamble_size_of(sealed) - 2];
  digit = digit == '0' ? '1' : '0';
  expect_error(unseal(sealed, {.passphrase = test::passphrase_source("x")}), ErrorCode::wrong_passphrase,
               "wrong passphrase");
}

}  // namespace
}  // namespace holdfast::seal
