#include "device/seal/chunk_opener.hpp"

#include <algorithm>

namespace holdfast::seal {

Result<ChunkOpener> ChunkOpener::create(crypto::AeadSuite suite, const ChunkKeys& keys, std::string subject) {
  TRY_LET(auto aead, crypto::Aead::create(suite, crypto::Aead::Direction::open, keys.key), "set up cipher");
  return ChunkOpener(std::move(subject), std::move(aead), keys.prefix);
}

Result<Advance> ChunkOpener::open(ByteView chunks, MutableByteView output) {
  if (output.size() < chunks.size()) return Error(ErrorCode::internal, "a chunk opener was given too little room");
  Advance total;
  while (!finished_) {
    auto next = open_next(chunks.subspan(total.consumed), output.subspan(total.produced));
    if (!next.ok()) {
      wipe(output.first(total.produced));
      return std::move(next).error().with_step("open chunk", std::source_location::current());
    }
    if (next->consumed == 0) break;
    total.consumed += next->consumed;
    total.produced += next->produced;
  }
  return total;
}

Result<std::size_t> ChunkOpener::open_all(ByteView chunks, MutableByteView output) {
  TRY_LET(const auto advance, open(chunks, output), "open chunks");
  if (auto verdict = finish(chunks.subspan(advance.consumed)); !verdict.ok()) {
    wipe(output.first(advance.produced));
    return std::move(verdict).error();
  }
  return advance.produced;
}

// Consumes nothing when the chunk is not all there.
Result<Advance> ChunkOpener::open_next(ByteView chunks, MutableByteView output) {
  if (chunks.size() < kChunkHeadSize) return Advance{};
  ChunkHeadBytes head_bytes{};
  std::ranges::copy(chunks.first(kChunkHeadSize), head_bytes.begin());
  TRY_LET(const auto head, parse_chunk_head(head_bytes, index_, subject_), "read chunk head");
  if (chunks.size() < head.size + kChunkOverhead) return Advance{};
  TRY_LET(const auto nonce, chunk_nonce(prefix_, index_, head.position), "number chunk");
  const auto sealed = chunks.subspan(kChunkHeadSize, head.size + crypto::kAeadTagSize);
  if (!aead_.open(nonce, head_bytes, sealed, output.first(head.size)).ok()) return altered_chunk(subject_, index_);
  ++index_;
  finished_ = head.position == Position::last;
  return Advance{head.size + kChunkOverhead, head.size};
}

Result<void> ChunkOpener::finish(ByteView rest) const {
  if (!finished_) {
    return Error(ErrorCode::malformed,
                 subject_ + ": truncated: it ends within or before chunk " + std::to_string(index_ + 1));
  }
  if (!rest.empty()) return Error(ErrorCode::malformed, subject_ + ": bytes follow the last chunk");
  return {};
}

}  // namespace holdfast::seal
