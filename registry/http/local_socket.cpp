#include "registry/http/local_socket.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include "core/encoding.hpp"

namespace holdfast::http {
namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kMostAtOnce = 32;
constexpr timeval kPatience{.tv_sec = 30, .tv_usec = 0};  // for an asker to go on writing or reading
constexpr int kBacklog = 16;
constexpr int kPauseAfterFailure = 100;  // milliseconds

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& text = path.native();
  if (text.empty() || text.size() >= sizeof(address.sun_path)) {
    return Error(ErrorCode::usage, "'" + text + "' cannot be a socket: its path must have 1 to " +
                                       std::to_string(sizeof(address.sun_path) - 1) + " bytes");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

Result<FileDescriptor> open_socket(const std::filesystem::path& path) {
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return system_error("cannot make a socket for", path, errno);
  return fd;
}

Result<FileDescriptor> connect_to(const std::filesystem::path& path) {
  TRY_LET(const auto address, address_of(path), "name socket");
  TRY_LET(auto fd, open_socket(path), "make socket");
  if (::connect(fd.get(), generic(address), sizeof(address)) == 0) return fd;
  if (errno == ECONNREFUSED) return Error(ErrorCode::not_found, "nobody listens on '" + path.native() + "'");
  if (errno == EACCES || errno == EPERM) {
    return Error(ErrorCode::refused,
                 "this account may not use '" + path.native() + "'; only the server's own account and root may ask it");
  }
  return system_error("connect to", path, errno);
}

// Not write_all: a peer that is gone must not end this process by SIGPIPE.
Result<void> send_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Error(ErrorCode::io, std::string("cannot write to the socket: ") + std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> send_frame(int fd, ByteView content) {
  if (content.size() > kMaxLocalFrame) return Error(ErrorCode::usage, "more than 8 MiB do not fit in one frame");
  Bytes length;
  append_u32(length, static_cast<std::uint32_t>(content.size()));
  TRY(send_all(fd, length), "write length");
  return send_all(fd, content);
}

Result<void> receive(int fd, MutableByteView into) {
  TRY_LET(const auto size, read_full(fd, into, "the socket"), "read from socket");
  if (size == into.size()) return {};
  return Error(ErrorCode::io, "the other side closed the socket before its frame was complete");
}

Result<Bytes> receive_frame(int fd) {
  std::array<std::uint8_t, kLengthSize> length{};
  TRY(receive(fd, length), "read length");
  std::size_t size = 0;
  for (const auto byte : length) size = size << 8U | byte;
  if (size > kMaxLocalFrame) return Error(ErrorCode::malformed, "a frame on the socket is longer than 8 MiB");
  Bytes content(size);
  TRY(receive(fd, content), "read frame");
  return content;
}

std::optional<uid_t> peer_uid(int fd) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return credentials.uid;
}

Result<FileDescriptor> listen_at(const std::filesystem::path& path) {
  TRY_LET(const auto address, address_of(path), "name socket");
  if (connect_to(path).ok()) {
    return Error(ErrorCode::refused, "another process already listens on '" + path.native() + "'");
  }
  TRY_LET(auto fd, open_socket(path), "make socket");
  // Before it has its name, so that at no time anybody else can connect.
  if (::fchmod(fd.get(), 0600) != 0) return system_error("cannot protect", path, errno);
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(path.c_str());
  if (::bind(fd.get(), generic(address), sizeof(address)) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return system_error("cannot listen on", path, errno);
  }
  return fd;
}

}  // namespace

class LocalSocket::Impl {
 public:
  Impl(std::filesystem::path path, FileDescriptor listening, FileDescriptor stopping, Handler handler)
      : path_(std::move(path)),
        listening_(std::move(listening)),
        stopping_(std::move(stopping)),
        handler_(std::move(handler)),
        thread_([this] { accept(); }) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  void stop();

 private:
  void accept();
  void begin(FileDescriptor connection);
  void serve(int connection);
  void end(int connection);

  std::filesystem::path path_;
  FileDescriptor listening_;
  FileDescriptor stopping_;  // readable when it is time to stop
  Handler handler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<int> connections_;  // guarded by the mutex
  std::jthread thread_;
};

void LocalSocket::Impl::accept() {
  std::array<pollfd, 2> ready{pollfd{.fd = listening_.get(), .events = POLLIN, .revents = 0},
                              pollfd{.fd = stopping_.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return connections_.size() < kMostAtOnce; });
    }
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    FileDescriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) {
      begin(std::move(connection));
    } else if (errno != EINTR && errno != ECONNABORTED) {
      // Mostly too many open files, which does not pass by trying harder.
      ::poll(&ready[1], 1, kPauseAfterFailure);
    }
  }
}

void LocalSocket::Impl::begin(FileDescriptor connection) {
  const std::lock_guard lock(mutex_);
  const int fd = connection.get();
  connections_.insert(fd);
  // Waited for by way of the set: a thread takes itself off it as the last thing it does.
  try {
    std::thread([this, held = std::move(connection)] {
      serve(held.get());
      end(held.get());
    }).detach();
  } catch (const std::system_error&) {
    connections_.erase(fd);
  }
}

void LocalSocket::Impl::serve(int connection) {
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  const auto uid = peer_uid(connection);
  if (!uid || (*uid != 0 && *uid != ::geteuid())) return;
  const auto question = receive_frame(connection);
  if (!question.ok()) return;
  // Where the asker is gone, nobody is left to be told.
  (void)send_frame(connection, handler_(*question, *uid)).ok();
}

void LocalSocket::Impl::end(int connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
  changed_.notify_all();
}

void LocalSocket::Impl::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stopping_.get(), 1);
  {
    // Those that still ask get no answer; those that are being answered get it.
    const std::lock_guard lock(mutex_);
    for (const int connection : connections_) ::shutdown(connection, SHUT_RD);
  }
  thread_.join();
  // Those that nobody has accepted yet would wait for ever.
  listening_ = FileDescriptor();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return connections_.empty(); });
  ::unlink(path_.c_str());
}

LocalSocket::LocalSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LocalSocket::LocalSocket(LocalSocket&&) noexcept = default;
LocalSocket::~LocalSocket() = default;

void LocalSocket::stop() { impl_->stop(); }

Result<LocalSocket> LocalSocket::listen(const std::filesystem::path& path, Handler handler) {
  TRY_LET(auto listening, listen_at(path), "open socket");
  FileDescriptor stopping(::eventfd(0, EFD_CLOEXEC));
  if (!stopping.valid()) return system_error("cannot watch", path, errno);
  try {
    return LocalSocket(std::make_unique<Impl>(path, std::move(listening), std::move(stopping), std::move(handler)));
  } catch (const std::system_error& problem) {
    return Error(ErrorCode::io, std::string("cannot start a thread for the socket: ") + problem.what());
  }
}

Result<Bytes> call_local(const std::filesystem::path& path, ByteView question) {
  TRY_LET(const auto fd, connect_to(path), "connect");
  if (const auto asked = send_frame(fd.get(), question); !asked.ok()) {
    if (asked.error().code() != ErrorCode::io) return asked.error();
    return Error(ErrorCode::io, "the server ended before it had read what was asked; nothing was done, so ask again");
  }
  auto answer = receive_frame(fd.get());
  if (answer.ok() || answer.error().code() != ErrorCode::io) return answer;
  return Error(ErrorCode::io, "the server ended before it answered; look whether what was asked was done");
}

}  // namespace holdfast::http
