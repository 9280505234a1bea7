// From descriptor to descriptor: files, and pipes whose writers dawdle.
#include "device/seal/stream.hpp"

#include <fcntl.h>

#include <thread>

#include "device/seal/stream_test_support.hpp"
#include "device/seal/test_support.hpp"

namespace holdfast::seal {
namespace {

using test::content_of;
using test::expect_error;
using test::file_with;
using test::pattern;
using test::Pipe;
using test::seal_or_fail;
using test::test_root;
using test::test_roots;

constexpr std::size_t kLimit = std::size_t{64} << 20;

/// Writes `content` into a pipe in pieces of odd sizes, then closes it.
std::jthread dawdling_writer(Pipe& pipe, const Bytes& content) {
  return std::jthread([&pipe, &content] {
    std::size_t step = 1;
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t size = std::min(step, content.size() - at);
      if (!write_all(pipe.write_end.get(), ByteView(content).subspan(at, size), "pipe").ok()) break;
      at += size;
      step = step * 3 % 70001 + 1;
    }
    pipe.write_end = FileDescriptor();
  });
}

struct Outcome {
  Result<StreamStats> result;
  Bytes output;
};

Outcome unseal_file(const Bytes& sealed, const UnsealOptions& options = {}) {
  const auto in = file_with(sealed);
  const auto out = file_with({});
  auto result = unseal_stream(test_roots(), options, {in.get(), "in\x1B.sealed", out.get(), "out"});
  return {std::move(result), content_of(out)};
}

TEST(Stream, SealsAndUnsealsFilesOfEverySize) {
  const std::size_t sizes[] = {0, 1, kChunkSize, kChunkSize + 1, 16 * kChunkSize, 16 * kChunkSize + 1, 3'333'333};
  for (const auto size : sizes) {
    const auto plaintext = pattern(size);
    const auto in = file_with(plaintext);
    const auto out = file_with({});
    const auto sealed_stats = seal_stream(test_root(), {}, {in.get(), "in", out.get(), "out"});
    ASSERT_TRUE(sealed_stats.ok()) << sealed_stats.error().describe();
    const auto sealed = content_of(out);
    EXPECT_EQ(sealed_stats->plaintext_bytes, size);
    EXPECT_EQ(sealed_stats->sealed_bytes, sealed.size());
    const auto [stats, output] = unseal_file(sealed);
    ASSERT_TRUE(stats.ok()) << stats.error().describe();
    EXPECT_EQ(output, plaintext);
    EXPECT_EQ(stats->plaintext_bytes, size);
    EXPECT_EQ(stats->sealed_bytes, sealed.size());
    EXPECT_EQ(test::unseal(sealed).value(), plaintext);
  }
}

TEST(Stream, TakesPipesThatDeliverLittleAtATime) {
  const auto plaintext = pattern(2'000'003);
  Pipe plain;
  Pipe sealed;
  const auto out = file_with({});
  const auto writer = dawdling_writer(plain, plaintext);
  std::jthread sealing([&] {
    EXPECT_TRUE(seal_stream(test_root(), {}, {plain.read_end.get(), "in", sealed.write_end.get(), "out"}).ok());
    sealed.write_end = FileDescriptor();
  });
  const auto stats = unseal_stream(test_roots(), {}, {sealed.read_end.get(), "in", out.get(), "out"});
  ASSERT_TRUE(stats.ok()) << stats.error().describe();
  EXPECT_EQ(content_of(out), plaintext);
}

TEST(Stream, UnsealsAPipeThatDeliversOneByteAtATime) {
  const auto sealed = seal_or_fail(pattern(100));
  Pipe pipe;
  const auto out = file_with({});
  std::jthread writer([&] {
    for (const auto byte : sealed) EXPECT_TRUE(write_all(pipe.write_end.get(), {&byte, 1}, "pipe").ok());
    pipe.write_end = FileDescriptor();
  });
  ASSERT_TRUE(unseal_stream(test_roots(), {}, {pipe.read_end.get(), "in", out.get(), "out"}).ok());
  EXPECT_EQ(content_of(out), pattern(100));
}

TEST(Stream, WritesAChunkWithoutWaitingForMoreThanTheByteBehindIt) {
  Pipe plain;
  Pipe sealed;
  std::jthread sealing([&] {
    EXPECT_TRUE(seal_stream(test_root(), {}, {plain.read_end.get(), "in", sealed.write_end.get(), "out"}).ok());
    sealed.write_end = FileDescriptor();
  });
  // A pipe holds 64 KiB, so this returns only when the sealer has begun to read.
  ASSERT_TRUE(write_all(plain.write_end.get(), pattern(kChunkSize + 1), "pipe").ok());
  Bytes first(kSealedChunkSize);
  EXPECT_EQ(read_full(sealed.read_end.get(), first, "pipe").value(), first.size());
  plain.write_end = FileDescriptor();
  Bytes rest(kLimit);
  EXPECT_TRUE(read_full(sealed.read_end.get(), rest, "pipe").ok());
}

TEST(Stream, WritesNothingOfASmallFileThatIsDamaged) {
  const auto sealed = seal_or_fail(pattern(3 * kChunkSize));
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, sealed.size() - 1, sealed.size() / 2}) {
    auto altered = sealed;
    altered[at] ^= 1;
    const auto [result, output] = unseal_file(altered);
    EXPECT_FALSE(result.ok()) << at;
    EXPECT_TRUE(output.empty()) << at;
  }
  auto longer = sealed;
  longer.push_back(0);
  const auto [result, output] = unseal_file(longer);
  expect_error(result, ErrorCode::malformed, "bytes follow the last chunk");
  EXPECT_TRUE(output.empty());
}

TEST(Stream, EveryTruncationAndSingleBitFlipIsRefusedWithoutOutput) {
  const auto sealed = seal_or_fail(pattern(20));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto altered = sealed;
    altered[at] ^= static_cast<std::uint8_t>(1U << at % 8);
    EXPECT_FALSE(unseal_file(altered).result.ok()) << at;
    const auto [result, output] = unseal_file(Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(at)));
    expect_error(result, ErrorCode::malformed, "truncated");
    EXPECT_TRUE(output.empty()) << at;
  }
}

TEST(Stream, WritesOnlyVerifiedChunksOfALargeFile) {
  const auto plaintext = pattern(40 * kChunkSize);
  auto sealed = seal_or_fail(plaintext);
  const std::size_t begin = test::preamble_size_of(sealed);
  sealed[begin + 33 * kSealedChunkSize + 1000] ^= 1;
  const auto [result, output] = unseal_file(sealed);
  expect_error(result, ErrorCode::malformed, "chunk 34 was altered");
  EXPECT_LE(output.size(), 33 * kChunkSize);
  EXPECT_TRUE(std::ranges::equal(output, ByteView(plaintext).first(output.size())));
}

TEST(Stream, SeesTrailingBytesThatArriveAfterTheLastChunk) {
  const auto sealed = seal_or_fail(pattern(100));
  Pipe pipe;
  const auto out = file_with({});
  std::jthread writer([&] {
    EXPECT_TRUE(write_all(pipe.write_end.get(), sealed, "pipe").ok());
    std::this_thread::yield();
    EXPECT_TRUE(write_all(pipe.write_end.get(), as_bytes("x"), "pipe").ok());
    pipe.write_end = FileDescriptor();
  });
  const auto result = unseal_stream(test_roots(), {}, {pipe.read_end.get(), "in", out.get(), "out"});
  expect_error(result, ErrorCode::malformed, "bytes follow the last chunk");
  EXPECT_TRUE(content_of(out).empty());
}

TEST(Stream, MessagesNameTheInputWithoutControlCharacters) {
  expect_error(unseal_file(Bytes{}).result, ErrorCode::malformed, "'in\\x1b.sealed': truncated");
}

TEST(Stream, StopsOnAnEndlessInputThatIsNotSealed) {
  const FileDescriptor zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const auto out = file_with({});
  expect_error(unseal_stream(test_roots(), {}, {zeros.get(), "in", out.get(), "out"}), ErrorCode::malformed,
               "not a file sealed by Holdfast");
}

TEST(Stream, ReportsProgressUpToTheEnd) {
  const auto in = file_with(pattern(40 * kChunkSize + 5));
  const auto out = file_with({});
  std::vector<std::uint64_t> seen;
  const auto note = [&](std::uint64_t bytes) { seen.push_back(bytes); };
  ASSERT_TRUE(seal_stream(test_root(), {}, {in.get(), "in", out.get(), "out", note}).ok());
  EXPECT_GT(seen.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen.back(), 40 * kChunkSize + 5);
}

TEST(Stream, ReportsInputAndOutputThatFail) {
  const auto good = file_with(pattern(10));
  expect_error(seal_stream(test_root(), {}, {-1, "the input", good.get(), "out"}), ErrorCode::io, "read 'the input'");
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  expect_error(seal_stream(test_root(), {}, {good.get(), "in", full.get(), "the output"}), ErrorCode::io,
               "write 'the output'");
}

}  // namespace
}  // namespace holdfast::seal
