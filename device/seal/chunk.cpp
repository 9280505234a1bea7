#include "device/seal/chunk.hpp"

#include <algorithm>

namespace holdfast::seal {
namespace {

constexpr std::uint32_t kLastFlag = 0x80000000U;

void put_u32(std::uint32_t value, std::uint8_t* to) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

ChunkHeadBytes write_chunk_head(const ChunkHead& head) {
  ChunkHeadBytes bytes{};
  const std::uint32_t flag = head.position == Position::last ? kLastFlag : 0U;
  put_u32(flag | static_cast<std::uint32_t>(head.size), bytes.data());
  return bytes;
}

Result<ChunkHead> parse_chunk_head(const ChunkHeadBytes& bytes, std::uint64_t index, const std::string& subject) {
  const std::uint32_t value = static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
                              static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
  const ChunkHead head{(value & kLastFlag) != 0 ? Position::last : Position::middle, value & ~kLastFlag};
  const bool possible = head.position == Position::middle ? head.size == kChunkSize
                                                          : head.size <= kChunkSize && (head.size > 0 || index == 0);
  if (!possible) return altered_chunk(subject, index);
  return head;
}

Result<Nonce> chunk_nonce(const NoncePrefix& prefix, std::uint64_t index, Position position) {
  if (index >= kMaxChunks) return Error(ErrorCode::refused, "a sealed file holds at most 256 TiB");
  Nonce nonce{};
  std::ranges::copy(prefix, nonce.begin());
  put_u32(static_cast<std::uint32_t>(index), nonce.data() + kNoncePrefixSize);
  nonce.back() = static_cast<std::uint8_t>(position);
  return nonce;
}

std::uint64_t chunks_size(std::uint64_t size) {
  // An empty file still has its one, empty chunk.
  const std::uint64_t chunks = size == 0 ? 1 : (size - 1) / kChunkSize + 1;
  return size + chunks * kChunkOverhead;
}

Error altered_chunk(const std::string& subject, std::uint64_t index) {
  return {ErrorCode::malformed, subject + ": chunk " + std::to_string(index + 1) + " was altered"};
}

}  // namespace holdfast::seal
