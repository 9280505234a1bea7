#include "device/seal/chunk.hpp"

#include "device/seal/test_support.hpp"

namespace holdfast::seal {
namespace {

using test::expect_error;

TEST(ChunkHead, IsWrittenBigEndianWithTheFlagOnTop) {
  EXPECT_EQ(write_chunk_head({Position::middle, kChunkSize}), (ChunkHeadBytes{0, 1, 0, 0}));
  EXPECT_EQ(write_chunk_head({Position::last, 0x1234}), (ChunkHeadBytes{0x80, 0, 0x12, 0x34}));
}

TEST(ChunkHead, SurvivesWritingAndReading) {
  for (const ChunkHead head : {ChunkHead{Position::middle, kChunkSize}, ChunkHead{Position::last, kChunkSize},
                               ChunkHead{Position::last, 1}, ChunkHead{Position::last, 0}}) {
    const auto parsed = parse_chunk_head(write_chunk_head(head), 0, "file");
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, head);
  }
}

TEST(ChunkHead, RefusesWhatNoSealerWrites) {
  const struct {
    ChunkHead head;
    std::uint64_t index;
  } cases[] = {{{Position::last, kChunkSize + 1}, 0},
               {{Position::middle, kChunkSize - 1}, 0},
               {{Position::middle, 0}, 0},
               {{Position::last, 0x7FFFFFFF}, 2},
               {{Position::last, 0}, 1}};
  for (const auto& [head, index] : cases) {
    expect_error(parse_chunk_head(write_chunk_head(head), index, "file"), ErrorCode::malformed,
                 "file: chunk " + std::to_string(index + 1) + " was altered");
  }
}

TEST(ChunkNonce, IsPrefixCounterAndFlag) {
  const NoncePrefix prefix{1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(chunk_nonce(prefix, 0x01020304, Position::middle).value(), (Nonce{1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 0}));
  EXPECT_EQ(chunk_nonce(prefix, 0, Position::last).value(), (Nonce{1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 1}));
}

TEST(ChunkNonce, RefusesACounterThatWouldRepeat) {
  const NoncePrefix prefix{};
  EXPECT_EQ(chunk_nonce(prefix, kMaxChunks - 1, Position::last).value(),
            (Nonce{0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 1}));
  expect_error(chunk_nonce(prefix, kMaxChunks, Position::middle), ErrorCode::refused, "at most 256 TiB");
  expect_error(chunk_nonce(prefix, UINT64_MAX, Position::last), ErrorCode::refused, "at most 256 TiB");
}

TEST(ChunksSize, CountsAnEmptyFileAsOneChunk) {
  EXPECT_EQ(chunks_size(0), kChunkOverhead);
  EXPECT_EQ(chunks_size(1), 1 + kChunkOverhead);
  EXPECT_EQ(chunks_size(kChunkSize), kSealedChunkSize);
  EXPECT_EQ(chunks_size(kChunkSize + 1), kSealedChunkSize + 1 + kChunkOverhead);
}

}  // namespace
}  // namespace holdfast::seal
