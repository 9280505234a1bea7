#include "device/seal/chunk_sealer.hpp"

#include <algorithm>

namespace holdfast::seal {

Result<ChunkSealer> ChunkSealer::create(crypto::AeadSuite suite, const ChunkKeys& keys) {
  TRY_LET(auto aead, crypto::Aead::create(suite, crypto::Aead::Direction::seal, keys.key), "set up cipher");
  return ChunkSealer(std::move(aead), keys.prefix);
}

Result<Advance> ChunkSealer::seal(ByteView plaintext, Input input, MutableByteView output) {
  if (ended_ || output.size() < chunks_size(plaintext.size())) {
    return Error(ErrorCode::internal, "a sealer was used after its end or with too little room");
  }
  Advance advance;
  const auto next = [&](std::size_t size, Position position) -> Result<void> {
    const auto room = output.subspan(advance.produced, size + kChunkOverhead);
    TRY(seal_chunk(plaintext.subspan(advance.consumed, size), position, room), "seal chunk");
    advance.consumed += size;
    advance.produced += room.size();
    return {};
  };
  while (plaintext.size() - advance.consumed > kChunkSize) TRY(next(kChunkSize, Position::middle), "seal chunk");
  if (input == Input::ended) {
    TRY(next(plaintext.size() - advance.consumed, Position::last), "seal last chunk");
    ended_ = true;
  }
  return advance;
}

Result<void> ChunkSealer::seal_chunk(ByteView plaintext, Position position, MutableByteView output) {
  TRY_LET(const auto nonce, chunk_nonce(prefix_, index_, position), "number chunk");
  const auto head = write_chunk_head({position, plaintext.size()});
  std::ranges::copy(head, output.begin());
  TRY(aead_.seal(nonce, head, plaintext, output.subspan(kChunkHeadSize)), "encrypt chunk");
  ++index_;
  return {};
}

}  // namespace holdfast::seal
