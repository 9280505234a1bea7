// Internal to device/seal: streams of chunks from one descriptor to another, whatever stands before them.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "device/seal/chunk_opener.hpp"
#include "device/seal/chunk_sealer.hpp"
#include "device/seal/stream.hpp"

#include <string>

namespace holdfast::seal {

/// Large enough that system calls do not count, small enough that both buffers stay in the processor's cache.
inline constexpr std::size_t kChunksAtOnce = 16;

/// The unread part of the input, at the front of a buffer of constant size.
class Window {
 public:
  Window(MutableByteView buffer, const Ends& ends) : buffer_(buffer), ends_(ends) {}

  [[nodiscard]] ByteView unread() const { return buffer_.first(filled_); }
  [[nodiscard]] bool ended() const { return ended_; }

  /// Waits for more bytes and takes what is there: a pipe's reader must not wait for a full buffer.
  [[nodiscard]] Result<void> read_more();
  /// Until the first lines are there.
  [[nodiscard]] Result<void> read_preamble();
  void consume(std::size_t size);

 private:
  MutableByteView buffer_;
  const Ends& ends_;
  std::size_t filled_ = 0;
  bool ended_ = false;
};

/// Writes `preamble`, then seals the input's chunks to its end.
[[nodiscard]] Result<StreamStats> seal_chunks(const std::string& preamble, ChunkSealer& sealer, const Ends& ends);

/// Opens the chunks behind the first `preamble_size` bytes of `window`, to the input's end.
[[nodiscard]] Result<StreamStats> open_chunks(ChunkOpener& opener, std::size_t preamble_size, Window& window,
                                              const Ends& ends);

/// Opens them likewise, and writes them as `fresh` seals them. The plaintext is never written.
[[nodiscard]] Result<StreamStats> reseal_chunks(ChunkOpener& opener, std::size_t preamble_size, Window& window,
                                                Sealer& fresh, const Ends& ends);

}  // namespace holdfast::seal
