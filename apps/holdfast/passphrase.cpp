#include "apps/holdfast/passphrase.hpp"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxPassphrase = 1024;
constexpr const char* kTerminal = "/dev/tty";

// Switches echo off and, whatever happens, on again.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    if (!changed_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

// Lets Ctrl-C end the reading instead of the process, so that echo comes back on.
class Interruptible {
 public:
  Interruptible() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, &before_);
  }
  ~Interruptible() { ::sigaction(SIGINT, &before_, nullptr); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  struct sigaction before_ {};
};

Result<SecretBytes> read_line(int fd) {
  SecretBytes room(kMaxPassphrase);
  const auto bytes = room.expose_mutable(SecretAccess{});
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + size, 1);
    if (got < 0 && errno == EINTR) return Error(ErrorCode::usage, "cancelled: no passphrase was given");
    if (got < 0) return system_error("read", kTerminal, errno);
    if (got == 0 || bytes[size] == '\n') break;
    ++size;
  }
  return SecretBytes::copy_of(bytes.first(size));
}

}  // namespace

Result<SecretBytes> passphrase_from_file(const std::string& file) {
  TRY_LET(const auto bytes, read_secret_file(file, kMaxPassphrase), "read passphrase");
  return normalise_passphrase(bytes);
}

Result<SecretBytes> passphrase_from_descriptor(int fd) {
  TRY_LET(const auto bytes, read_secret_descriptor(fd, "descriptor " + std::to_string(fd), kMaxPassphrase), "read passphrase");
  return normalise_passphrase(bytes);
}

bool can_prompt() { return FileDescriptor(::open(kTerminal, O_RDWR | O_NOCTTY | O_CLOEXEC)).valid(); }

Result<SecretBytes> prompt_for_passphrase(const std::string& question) {
  const FileDescriptor terminal(::open(kTerminal, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) return system_error("ask on", kTerminal, errno);
  TRY(write_all(terminal.get(), as_bytes(question + ": "), kTerminal), "ask for passphrase");
  const Interruptible interruptible;
  const SilentTerminal silent(terminal.get());
  TRY_LET(const auto line, read_line(terminal.get()), "read passphrase");
  TRY(write_all(terminal.get(), as_bytes("\n"), kTerminal), "end the line");
  return normalise_passphrase(line);
}

}  // namespace holdfast::app
