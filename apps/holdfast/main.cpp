// The command `holdfast`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <variant>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "core/secret_bytes.hpp"
#include "core/unfinished_files.hpp"
#include "crypto/program.hpp"

namespace {

using namespace holdfast;

int complain(app::ErrorForm form, ErrorCode code, const std::string& message) {
  return app::complain("holdfast", form, code, message);
}

int serve(int argc, const char* const* argv) {
  const auto invocation = app::parse_arguments(argc, argv);
  if (!invocation.command) return app::tell("holdfast", invocation.told);
  const auto form = invocation.global.json ? app::ErrorForm::json : app::ErrorForm::text;
  // Before anything is opened: a number that is free now would become the input, and be taken for the passphrase.
  if (const auto fd = invocation.global.unlock_passphrase_fd; fd && ::fcntl(*fd, F_GETFD) == -1) {
    return complain(form, ErrorCode::io, "--unlock-passphrase-fd: descriptor " + std::to_string(*fd) + " is not open");
  }
  const auto done =
      std::visit([&](const auto& arguments) { return app::run(invocation.global, arguments); }, *invocation.command);
  return app::conclude("holdfast", form, done);
}

// A descriptor from 0 to 2 that is closed at the start would become the next file that is opened, and notes would go
// into it. Opened the wrong way round, so that using them still fails.
bool hold_standard_descriptors() {
  return std::ranges::all_of(std::array{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}, [](int fd) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) return true;
    return ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == fd;
  });
}

// A signal that ends the program takes the half-written files with it that have names of their own.
void end_cleanly(int signal) {
  remove_unfinished_files();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void prepare_signals() {
  // A reader that went away, or a limit on file sizes, is an ordinary write error, with a message and a status.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // What nohup(1) has switched off stays off.
    if (::signal(signal, end_cleanly) == SIG_IGN) ::signal(signal, SIG_IGN);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (!hold_standard_descriptors()) return app::kExitInternal;
  harden_process();
  crypto::prepare_program();
  prepare_signals();
  try {
    return serve(argc, argv);
  } catch (const std::bad_alloc&) {
    return complain(app::ErrorForm::text, ErrorCode::internal, "out of memory");
  } catch (const std::exception& problem) {
    return complain(app::ErrorForm::text, ErrorCode::internal, std::string("unexpected failure: ") + problem.what());
  }
}
