#include "apps/holdfast/passphrase.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "apps/holdfast/session.hpp"
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

// Lets a signal end the reading instead of the process, so that echo comes back on. The signals are blocked but
// while `wait_for` waits: one that arrives just before must not be lost.
class Interruptible {
 public:
  Interruptible() {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signal : kSignals) ::sigaddset(&blocked, signal);
    ::sigprocmask(SIG_BLOCK, &blocked, &mask_before_);
    struct sigaction action{};
    action.sa_handler = [](int) {};
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
  }
  ~Interruptible() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  /// False when a signal came first.
  [[nodiscard]] bool wait_for(int fd) const {
    pollfd readable{fd, POLLIN, 0};
    return ::ppoll(&readable, 1, nullptr, &mask_before_) >= 0;
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  std::array<struct sigaction, kSignals.size()> before_{};
  sigset_t mask_before_{};
};

Result<SecretBytes> read_line(int fd, const Interruptible& interruptible) {
  SecretBytes room(kMaxPassphrase + 1);
  const auto bytes = room.expose_mutable(SecretAccess{});
  std::size_t size = 0;
  while (size < bytes.size()) {
    if (!interruptible.wait_for(fd)) return Error(ErrorCode::usage, "cancelled: nothing was entered");
    const ssize_t got = ::read(fd, bytes.data() + size, 1);
    if (got < 0) return system_error("read", kTerminal, errno);
    if (got == 0 || bytes[size] == '\n') break;
    ++size;
  }
  if (size > kMaxPassphrase) {
    return Error(ErrorCode::usage, "what is typed here has at most " + std::to_string(kMaxPassphrase) + " bytes");
  }
  return SecretBytes::copy_of(bytes.first(size));
}

}  // namespace

Result<SecretBytes> passphrase_from_file(const GlobalArguments& global, const std::string& file) {
  if (file == "-") return passphrase_from_descriptor(STDIN_FILENO);
  struct stat info{};
  if (::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 077) != 0) {
    note(global, "other accounts can read the passphrase in '" + file + "'; close it with chmod 600");
  }
  TRY_LET(const auto bytes, read_secret_file(file, kMaxPassphrase), "read passphrase");
  return normalise_passphrase(bytes);
}

Result<SecretBytes> passphrase_from_descriptor(int fd) {
  TRY_LET(const auto bytes, read_secret_descriptor(fd, "descriptor " + std::to_string(fd), kMaxPassphrase),
          "read passphrase");
  return normalise_passphrase(bytes);
}

bool can_prompt() { return FileDescriptor(::open(kTerminal, O_RDWR | O_NOCTTY | O_CLOEXEC)).valid(); }

Result<std::string> ask_person(const std::string& question) {
  const FileDescriptor terminal(::open(kTerminal, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) return system_error("ask on", kTerminal, errno);
  const Interruptible interruptible;
  TRY(write_all(terminal.get(), as_bytes(question + ": "), kTerminal), "ask");
  TRY_LET(const auto line, read_line(terminal.get(), interruptible), "read answer");
  return std::string(as_text(line.expose(SecretAccess{})));
}

Result<SecretBytes> prompt_for_secret(const std::string& question) {
  const FileDescriptor terminal(::open(kTerminal, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) return system_error("ask on", kTerminal, errno);
  const Interruptible interruptible;
  // Echo is off before the question appears: somebody may already be typing.
  const SilentTerminal silent(terminal.get());
  TRY(write_all(terminal.get(), as_bytes(question + ": "), kTerminal), "ask for secret");
  TRY_LET(auto line, read_line(terminal.get(), interruptible), "read secret");
  TRY(write_all(terminal.get(), as_bytes("\n"), kTerminal), "end the line");
  return line;
}

Result<SecretBytes> prompt_for_passphrase(const std::string& question) {
  TRY_LET(const auto line, prompt_for_secret(question), "ask for passphrase");
  return normalise_passphrase(line);
}

}  // namespace holdfast::app
