#include "device/fingerprint/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <system_error>
#include <utility>

namespace holdfast::fingerprint {
namespace {

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;

  static std::optional<Pipe> create() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  }
};

// All that the child needs, made before fork: between fork and exec only async-signal-safe calls are
// allowed, because other threads may have held locks.
struct Plan {
  const ChildProcess::Program& program;
  char* const* arguments;
  char* const* environment;
  int null;
  int output;
  int errors;
  int report;
  pid_t parent;
};

// Descriptors 0 to 2 of the parent may be closed, so that a pipe has got such a number.
int above_standard(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, 3); }

void reset_signals() {
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) (void)::sigaction(number, &by_default, nullptr);
  sigset_t none;
  (void)::sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const Plan& plan) {
  (void)::setpgid(0, 0);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);
  reset_signals();
  const int null = above_standard(plan.null);
  const int output = above_standard(plan.output);
  const int errors = above_standard(plan.errors);
  const int report = above_standard(plan.report);
  const int file = above_standard(plan.program.file);
  const bool wired = ::dup2(null, STDIN_FILENO) == 0 && ::dup2(output, STDOUT_FILENO) == 1 &&
                     ::dup2(errors, STDERR_FILENO) == 2 && ::syscall(SYS_close_range, 3U, UINT_MAX, 4U) == 0;
  constexpr rlimit kNoCore{0, 0};  // its memory holds a value
  (void)::setrlimit(RLIMIT_CORE, &kNoCore);
  (void)::umask(077);
  if (wired && ::chdir("/") == 0) {
    if (plan.program.is_script) {
      (void)::execve(plan.program.path.c_str(), plan.arguments, plan.environment);
    } else {
      (void)::fexecve(file, plan.arguments, plan.environment);
    }
  }
  const int error_number = errno;
  (void)!::write(report, &error_number, sizeof error_number);
  ::_exit(127);
}

std::string words_for(int error_number) {
  return "cannot be started: " + std::generic_category().message(error_number);
}

// Nothing arrives, and the pipe ends, when the program has taken over.
std::string start_problem(int report) {
  int error_number = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &error_number, sizeof error_number);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error_number ? words_for(error_number) : std::string();
}

}  // namespace

ChildProcess::ChildProcess(const Program& program, std::string& problem) {
  const FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  auto output = Pipe::create();
  auto errors = Pipe::create();
  auto report = Pipe::create();
  if (!null.valid() || !output || !errors || !report) {
    problem = words_for(errno);
    return;
  }
  std::string path = program.path;
  std::string argument = program.argument.value_or("");
  const std::array<char*, 3> arguments{path.data(), program.argument ? argument.data() : nullptr, nullptr};
  std::string search = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string language = "LC_ALL=C";
  const std::array<char*, 3> environment{search.data(), language.data(), nullptr};
  const Plan plan{program,
                  arguments.data(),
                  environment.data(),
                  null.get(),
                  output->writer.get(),
                  errors->writer.get(),
                  report->writer.get(),
                  ::getpid()};
  id_ = ::fork();
  if (id_ == 0) become(plan);
  if (id_ < 0) {
    problem = words_for(errno);
    return;
  }
  (void)::setpgid(id_, id_);  // whichever of the two comes first
  report->writer = {};
  problem = start_problem(report->reader.get());
  output_ = std::move(output->reader);
  errors_ = std::move(errors->reader);
  (void)::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  (void)::fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
  end_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)));
}

std::optional<int> ChildProcess::finish() {
  if (id_ <= 0) return std::nullopt;
  // Before waitpid, while nobody else can have got the number.
  (void)::kill(-id_, SIGKILL);
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(id_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  const bool known = ended == std::exchange(id_, -1);
  return known ? std::optional(status) : std::nullopt;
}

ChildProcess::~ChildProcess() { (void)finish(); }

}  // namespace holdfast::fingerprint
