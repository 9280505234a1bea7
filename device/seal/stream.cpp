#include "device/seal/stream.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::seal {
namespace {

/// Large enough that system calls do not count, small enough that both buffers stay in the processor's cache.
constexpr std::size_t kChunksAtOnce = 16;

// The plaintext buffers are SecretBytes although they are large: two at most exist, one MiB each. Where
// RLIMIT_MEMLOCK does not allow for them they are not locked, and no key loses its lock to them, but they are
// kept out of core dumps and wiped all the same.

/// The unread part of the input, at the front of a buffer of constant size.
class Window {
 public:
  Window(MutableByteView buffer, const Ends& ends) : buffer_(buffer), ends_(ends) {}

  [[nodiscard]] ByteView unread() const { return buffer_.first(filled_); }
  [[nodiscard]] bool ended() const { return ended_; }

  /// Waits for more bytes and takes what is there: a pipe's reader must not wait for a full buffer.
  [[nodiscard]] Result<void> read_more() {
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

  void consume(std::size_t size) {
    filled_ -= size;
    std::memmove(buffer_.data(), buffer_.data() + size, filled_);
  }

 private:
  MutableByteView buffer_;
  const Ends& ends_;
  std::size_t filled_ = 0;
  bool ended_ = false;
};

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

Result<StreamStats> seal_chunks(Sealer& sealer, const Ends& ends) {
  // One byte more than whole chunks: it tells that the chunk before it is not the last.
  SecretBytes plaintext(kChunksAtOnce * kChunkSize + 1);
  Bytes sealed(chunks_size(plaintext.size()));
  Window window(plaintext.expose_mutable(SecretAccess{}), ends);
  Sink sink(ends);
  const auto preamble = as_bytes(sealer.preamble());
  TRY(sink.write(preamble), "write preamble");
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

Result<Unsealer> begin(Window& window, const anchor::Roots& roots, const UnsealOptions& options) {
  while (!window.ended() && !preamble_is_complete(window.unread())) TRY(window.read_more(), "read preamble");
  TRY_LET(auto preamble, parse_preamble(window.unread(), options.subject), "read preamble");
  return Unsealer::create(roots, options, std::move(preamble));
}

Result<void> expect_end(const Unsealer& unsealer, Window& window) {
  while (!window.ended() && window.unread().empty()) TRY(window.read_more(), "read the end");
  return unsealer.finish(window.unread());
}

Result<StreamStats> unseal_chunks(Unsealer& unsealer, Window& window, const Ends& ends) {
  SecretBytes plaintext(kChunksAtOnce * kSealedChunkSize);
  const auto room = plaintext.expose_mutable(SecretAccess{});
  Sink sink(ends);
  window.consume(unsealer.preamble_size());
  sink.count(0, unsealer.preamble_size());
  while (true) {
    TRY_LET(const auto advance, unsealer.open(window.unread(), room), "open chunks");
    window.consume(advance.consumed);
    // Of a file with trailing bytes not even the last chunk should come out: a small file is all or nothing.
    if (unsealer.finished()) TRY(expect_end(unsealer, window), "check the end");
    TRY(sink.write(room.first(advance.produced)), "write plaintext");
    sink.count(advance.produced, advance.consumed);
    if (unsealer.finished()) return sink.stats();
    if (window.ended()) return unsealer.finish(window.unread()).error();
    TRY(window.read_more(), "read chunks");
  }
}

}  // namespace

Result<StreamStats> seal_stream(const anchor::Root& root, const SealOptions& options, const Ends& ends) {
  TRY_LET(auto sealer, Sealer::create(root, options), "begin sealing");
  return seal_chunks(sealer, ends);
}

Result<StreamStats> unseal_stream(const anchor::Roots& roots, const UnsealOptions& options, const Ends& ends) {
  UnsealOptions named = options;
  named.subject = "'" + printable(ends.in_name) + "'";
  Bytes sealed(kChunksAtOnce * kSealedChunkSize);
  Window window(sealed, ends);
  TRY_LET(auto unsealer, begin(window, roots, named), "begin unsealing");
  return unseal_chunks(unsealer, window, ends);
}

}  // namespace holdfast::seal
