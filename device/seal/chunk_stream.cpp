#include "device/seal/chunk_stream.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/file.hpp"
#include "device/seal/header.hpp"

namespace holdfast::seal {
namespace {

// The plaintext buffers are SecretBytes although they are large: two at most exist, one MiB each. Where
// RLIMIT_MEMLOCK does not allow for them they are not locked, and no key loses its lock to them, but they are
// kept out of core dumps and wiped all the same.

/// Writes what a step produced and keeps the account.
class Sink {
 public:
  explicit Sink(const Ends& ends) : ends_(ends) {}

  [[nodiscard]] Result<void> write(ByteView bytes) { return write_all(ends_.out, bytes, ends_.out_name); }
  void count(std::size_t plaintext, std::size_t sealed) {
    stats_.plaintext_bytes += plaintext;
    stats_.sealed_bytes += sealed;
    if (ends_.progress) ends_.progress(stats_.plaintext_bytes);
  }
  [[nodiscard]] const StreamStats& stats() const { return stats_; }

 private:
  const Ends& ends_;
  StreamStats stats_;
};

Result<void> expect_end(const ChunkOpener& opener, Window& window) {
  while (!window.ended() && window.unread().empty()) TRY(window.read_more(), "read the end");
  return opener.finish(window.unread());
}

}  // namespace

Result<void> Window::read_more() {
  const auto room = buffer_.subspan(filled_);
  while (true) {
    const ssize_t got = ::read(ends_.in, room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", ends_.in_name, errno);
    ended_ = got == 0;
    filled_ += static_cast<std::size_t>(got);
    return {};
  }
}

Result<void> Window::read_preamble() {
  while (!ended_ && !preamble_is_complete(unread())) TRY(read_more(), "read preamble");
  return {};
}

void Window::consume(std::size_t size) {
  filled_ -= size;
  std::memmove(buffer_.data(), buffer_.data() + size, filled_);
}

Result<StreamStats> seal_chunks(const std::string& preamble, ChunkSealer& sealer, const Ends& ends) {
  // One byte more than whole chunks: it tells that the chunk before it is not the last.
  SecretBytes plaintext(kChunksAtOnce * kChunkSize + 1);
  Bytes sealed(chunks_size(plaintext.size()));
  Window window(plaintext.expose_mutable(SecretAccess{}), ends);
  Sink sink(ends);
  TRY(sink.write(as_bytes(preamble)), "write preamble");
  sink.count(0, preamble.size());
  while (!window.ended()) {
    TRY(window.read_more(), "read plaintext");
    const auto input = window.ended() ? Input::ended : Input::continues;
    TRY_LET(const auto advance, sealer.seal(window.unread(), input, sealed), "seal chunks");
    TRY(sink.write(ByteView(sealed).first(advance.produced)), "write chunks");
    sink.count(advance.consumed, advance.produced);
    window.consume(advance.consumed);
  }
  return sink.stats();
}

Result<StreamStats> open_chunks(ChunkOpener& opener, std::size_t preamble_size, Window& window, const Ends& ends) {
  SecretBytes plaintext(kChunksAtOnce * kSealedChunkSize);
  const auto room = plaintext.expose_mutable(SecretAccess{});
  Sink sink(ends);
  window.consume(preamble_size);
  sink.count(0, preamble_size);
  while (true) {
    TRY_LET(const auto advance, opener.open(window.unread(), room), "open chunks");
    window.consume(advance.consumed);
    // Of a file with trailing bytes not even the last chunk should come out: a small file is all or nothing.
    if (opener.finished()) TRY(expect_end(opener, window), "check the end");
    TRY(sink.write(room.first(advance.produced)), "write plaintext");
    sink.count(advance.produced, advance.consumed);
    if (opener.finished()) return sink.stats();
    if (window.ended()) return opener.finish(window.unread()).error();
    TRY(window.read_more(), "read chunks");
  }
}

Result<StreamStats> reseal_chunks(ChunkOpener& opener, std::size_t preamble_size, Window& window, Sealer& fresh,
                                  const Ends& ends) {
  // The sealer keeps back at most one full chunk, of which only what follows tells whether it is the last.
  SecretBytes plaintext(kChunkSize + kChunksAtOnce * kSealedChunkSize);
  const auto room = plaintext.expose_mutable(SecretAccess{});
  Bytes sealed(chunks_size(plaintext.size()));
  std::size_t filled = 0;
  Sink sink(ends);
  window.consume(preamble_size);
  TRY(sink.write(as_bytes(fresh.preamble())), "write preamble");
  sink.count(0, fresh.preamble().size());
  while (true) {
    TRY_LET(const auto opened, opener.open(window.unread(), room.subspan(filled)), "open chunks");
    window.consume(opened.consumed);
    filled += opened.produced;
    if (opener.finished()) TRY(expect_end(opener, window), "check the end");
    const auto input = opener.finished() ? Input::ended : Input::continues;
    TRY_LET(const auto advance, fresh.chunks().seal(room.first(filled), input, sealed), "seal chunks");
    TRY(sink.write(ByteView(sealed).first(advance.produced)), "write chunks");
    sink.count(advance.consumed, advance.produced);
    filled -= advance.consumed;
    std::memmove(room.data(), room.data() + advance.consumed, filled);
    if (opener.finished()) return sink.stats();
    if (window.ended()) return opener.finish(window.unread()).error();
    TRY(window.read_more(), "read chunks");
  }
}

}  // namespace holdfast::seal
