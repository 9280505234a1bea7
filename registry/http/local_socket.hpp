// The socket by which commands on the same machine reach the running server: one question, one answer.
//
// Both go in a frame: a 4-byte big-endian length and so many bytes.
#pragma once

#include "core/bytes.hpp"
#include "core/file.hpp"
#include "core/result.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>

namespace holdfast::http {

/// The longest frame that is read or written.
inline constexpr std::size_t kMaxLocalFrame = std::size_t{8} * 1024 * 1024;

/// Answers questions of other processes of this account, and of root; the system vouches for who asks. Anybody else is
/// cut off unheard. Member functions are for one thread.
class LocalSocket {
 public:
  /// Called from several threads at once, one for each connection; must not throw. `uid` is the asker's.
  using Handler = std::function<Bytes(ByteView question, uid_t uid)>;

  /// Listens when it returns. The socket's mode is 0600; it takes the place of one on which nobody listens any more.
  /// ErrorCode::usage where the path is too long for a socket, ErrorCode::refused where another process listens there,
  /// ErrorCode::io where the system forbids it.
  [[nodiscard]] static Result<LocalSocket> listen(const std::filesystem::path& path, Handler handler);

  LocalSocket(LocalSocket&&) noexcept;
  LocalSocket& operator=(LocalSocket&&) = delete;
  /// Stops.
  ~LocalSocket();

  /// Takes no more questions, waits for the handlers that run, and removes the socket.
  void stop();

 private:
  class Impl;
  explicit LocalSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Asks the server that listens at `path`, and waits for its answer as long as that takes. ErrorCode::not_found where
/// there is no such socket or nobody listens there, so that nobody was asked; ErrorCode::refused where this account may
/// not; ErrorCode::io where the answer does not come, ErrorCode::usage where the question is too long.
[[nodiscard]] Result<Bytes> call_local(const std::filesystem::path& path, ByteView question);

}  // namespace holdfast::http
