// Turning plaintext into a file's chunks, whatever stands before them.
#pragma once

#include "core/result.hpp"
#include "crypto/aead.hpp"
#include "device/seal/chunk.hpp"

namespace holdfast::seal {

/// How far a call came: bytes taken from the input and bytes written to the output.
struct Advance {
  std::size_t consumed = 0;
  std::size_t produced = 0;
};

/// Whether the bytes given are the last ones.
enum class Input { continues, ended };

/// Seals the chunks of one file. Movable; not safe for concurrent use.
class ChunkSealer {
 public:
  /// `keys` belong to this one file: its chunks are counted from 0.
  [[nodiscard]] static Result<ChunkSealer> create(crypto::AeadSuite suite, const ChunkKeys& keys);

  /// Seals as many chunks as `plaintext` decides: a full chunk only when a byte follows it or the input has
  /// ended, since the last one is marked. The caller presents what was not consumed again, with more behind it.
  /// `output` has room for chunks_size(plaintext.size()) and does not overlap the input. After Input::ended
  /// the file is complete and the object is spent.
  [[nodiscard]] Result<Advance> seal(ByteView plaintext, Input input, MutableByteView output);

 private:
  ChunkSealer(crypto::Aead aead, NoncePrefix prefix) : aead_(std::move(aead)), prefix_(prefix) {}
  Result<void> seal_chunk(ByteView plaintext, Position position, MutableByteView output);

  crypto::Aead aead_;
  NoncePrefix prefix_;
  std::uint64_t index_ = 0;
  bool ended_ = false;
};

}  // namespace holdfast::seal
