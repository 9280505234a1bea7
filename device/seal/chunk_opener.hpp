// Turning a file's chunks back into plaintext, whatever stood before them.
#pragma once

#include "core/result.hpp"
#include "crypto/aead.hpp"
#include "device/seal/chunk.hpp"
#include "device/seal/chunk_sealer.hpp"

#include <string>

namespace holdfast::seal {

/// Opens the chunks of one file. No byte of a chunk comes out before the chunk has verified. Movable; not safe for
/// concurrent use.
class ChunkOpener {
 public:
  /// `subject` begins every message.
  [[nodiscard]] static Result<ChunkOpener> create(crypto::AeadSuite suite, const ChunkKeys& keys, std::string subject);

  /// Opens all chunks that lie whole in `chunks`, up to and with the last one of the file. `output` has at least
  /// the size of `chunks` and does not overlap it. The caller presents what was not consumed again, with more
  /// behind it. When a chunk was altered nothing is left in `output`, and the object is spent.
  [[nodiscard]] Result<Advance> open(ByteView chunks, MutableByteView output);

  /// A whole file's chunks at once: opens them and finishes. On failure nothing is left in `output`. Returns how much
  /// of it was filled.
  [[nodiscard]] Result<std::size_t> open_all(ByteView chunks, MutableByteView output);

  /// Whether the last chunk has been opened.
  [[nodiscard]] bool finished() const { return finished_; }
  /// The verdict at the end of the input, of which `rest` was not consumed: truncated, trailing bytes, or good.
  [[nodiscard]] Result<void> finish(ByteView rest) const;

 private:
  ChunkOpener(std::string subject, crypto::Aead aead, NoncePrefix prefix)
      : subject_(std::move(subject)), aead_(std::move(aead)), prefix_(prefix) {}
  Result<Advance> open_next(ByteView chunks, MutableByteView output);

  std::string subject_;
  crypto::Aead aead_;
  NoncePrefix prefix_;
  std::uint64_t index_ = 0;
  bool finished_ = false;
};

}  // namespace holdfast::seal
