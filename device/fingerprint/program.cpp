#include "device/fingerprint/program.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "core/text.hpp"
#include "device/fingerprint/child_process.hpp"
#include "device/fingerprint/trusted_path.hpp"

namespace holdfast::fingerprint {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxErrors = 4096;

// Takes what a pipe holds now: up to `room` is kept, the rest is read and dropped so that the program
// does not block on it.
class Drain {
 public:
  Drain(int fd, std::size_t limit) : fd_(fd), kept_(limit + 1) {}

  void take() {
    while (fd_ >= 0 && !full()) {
      if (!take_into(kept_.expose_mutable(SecretAccess{}).subspan(size_), true)) return;
    }
  }
  void take_and_drop() {
    take();
    // Only behind what is kept: bytes may have arrived since `take` found none.
    std::array<std::uint8_t, 4096> dropped{};
    while (fd_ >= 0 && full() && take_into(dropped, false)) {
    }
    wipe(dropped);
  }

  [[nodiscard]] int fd() const { return fd_; }  ///< -1 at the end
  [[nodiscard]] bool full() const { return size_ == kept_.size(); }
  [[nodiscard]] ByteView kept() const { return kept_.expose(SecretAccess{}).first(size_); }

 private:
  bool take_into(MutableByteView room, bool keep) {
    const ssize_t got = ::read(fd_, room.data(), room.size());
    if (got < 0) return errno == EINTR;
    if (got == 0) fd_ = -1;
    if (keep) size_ += static_cast<std::size_t>(got);
    return got > 0;
  }

  int fd_;
  SecretBytes kept_;
  std::size_t size_ = 0;
};

enum class End { exited, late, too_much };

End wait_for(const ChildProcess& child, Drain& output, Drain& errors, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return End::late;
    std::array<pollfd, 3> events{{{output.fd(), POLLIN, 0}, {errors.fd(), POLLIN, 0}, {child.end(), POLLIN, 0}}};
    (void)::poll(events.data(), events.size(), static_cast<int>(left));
    output.take();
    errors.take_and_drop();
    if (output.full()) return End::too_much;
    if (events[2].revents == 0) continue;
    // It may have written between the two looks.
    output.take();
    errors.take_and_drop();
    return output.full() ? End::too_much : End::exited;
  }
}

std::string with_first_line(std::string reason, ByteView errors) {
  auto line = as_text(errors);
  line = line.substr(0, line.find('\n'));
  if (!line.empty()) reason += ": " + printable(line);
  return reason;
}

std::string status_problem(std::optional<int> status, ByteView errors) {
  if (!status) return "cannot be judged: the surrounding program collects its children's exit statuses";
  if (WIFSIGNALED(*status)) {
    return with_first_line("was ended by signal " + std::to_string(WTERMSIG(*status)), errors);
  }
  if (WEXITSTATUS(*status) == 0) return {};
  return with_first_line("exited with status " + std::to_string(WEXITSTATUS(*status)), errors);
}

bool is_script(int fd) {
  std::array<char, 2> start{};
  return ::pread(fd, start.data(), start.size(), 0) == 2 && start[0] == '#' && start[1] == '!';
}

}  // namespace

ProgramOutcome run_program(const ProgramRequest& request) {
  const auto fail = [&](const std::string& why) {
    return ProgramOutcome{"program '" + printable(request.path.string()) + "' " + why, {}, false};
  };
  const auto trusted = open_trusted_program(request.path, request.folder);
  if (trusted.outside) return {words_for_outside(request.path, request.folder, trusted), {}, true};
  if (!trusted.problem.empty()) return fail(trusted.problem);
  std::string problem;
  const int file = trusted.file.get();
  ChildProcess child({request.path.string(), request.argument, file, is_script(file)}, problem);
  if (!problem.empty()) return fail(problem);
  Drain output(child.output(), request.max_output);
  Drain errors(child.errors(), kMaxErrors);
  const auto end = wait_for(child, output, errors, Clock::now() + request.limit);
  const auto status = child.finish();
  switch (end) {
    case End::late: return fail("did not end within " + std::to_string(request.limit.count()) + " ms and was killed");
    case End::too_much:
      return fail("printed more than " + std::to_string(request.max_output) + " bytes and was killed");
    case End::exited: break;
  }
  if (problem = status_problem(status, errors.kept()); !problem.empty()) return fail(problem);
  return {{}, SecretBytes::copy_of(output.kept()), false};
}

}  // namespace holdfast::fingerprint
