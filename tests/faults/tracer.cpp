#include "tests/faults/tracer.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tests/faults/seccomp_filter.hpp"

namespace holdfast::faults {
namespace {

constexpr int kSystemCallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

[[noreturn]] void become(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  try {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) fail("be traced");
    (void)::raise(SIGSTOP);  // until the tracer has said what it wants to know
    stop_at_interesting_calls();
    (void)::execv(arguments.front(), arguments.data());
    fail(arguments.front());
  } catch (const std::exception& problem) {
    (void)std::fprintf(stderr, "fault_runner: %s\n", problem.what());
    ::_exit(125);
  }
}

bool locks(const Tracee::Entry& entry) {
  const int command = as_int(entry.arguments[1]);
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

int flags_of(const Call& call, const Tracee::Entry& entry) {
  return call.flags < 0 ? 0 : as_int(entry.arguments.at(static_cast<std::size_t>(call.flags)));
}

bool is_nameless(const Call& call, const Tracee::Entry& entry) {
  return call.kind == Kind::open && (flags_of(call, entry) & O_TMPFILE) == O_TMPFILE;
}

bool changes_files(const Call& call, const Tracee::Entry& entry) {
  switch (call.kind) {
    case Kind::open: return (flags_of(call, entry) & (O_CREAT | O_TRUNC)) != 0 || is_nameless(call, entry);
    case Kind::write:
    case Kind::sync:
    case Kind::rename:
    case Kind::link:
    case Kind::unlink:
    case Kind::remove_folder:
    case Kind::make_folder:
    case Kind::resize:
    case Kind::change_mode:
    case Kind::change_owner: return true;
    default: return false;
  }
}

bool has_descriptor(const Call& call) {
  switch (call.kind) {
    case Kind::close:
    case Kind::read:
    case Kind::write:
    case Kind::sync:
    case Kind::resize:
    case Kind::lock:
    case Kind::control:
    case Kind::list: return true;
    default: return call.name.starts_with("f") && call.path < 0;
  }
}

std::filesystem::path path_of(const Tracee& tracee, const Tracee::Entry& entry, int path, int folder) {
  const int from = folder < 0 ? AT_FDCWD : as_int(entry.arguments.at(static_cast<std::size_t>(folder)));
  return tracee.path_at(entry.arguments.at(static_cast<std::size_t>(path)), from);
}

Json line_for(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) {
  Json line{{"call", call.name}, {"changes", changes_files(call, entry)}};
  if (call.path >= 0) {
    line["what"] = path_of(tracee, entry, call.path, call.folder).string();
  } else if (has_descriptor(call)) {
    line["what"] = tracee.shown(as_int(entry.arguments[0]));
  }
  if (call.path2 >= 0) line["to"] = path_of(tracee, entry, call.path2, call.folder2).string();
  if (call.kind == Kind::open) line["creates"] = changes_files(call, entry);
  if (call.kind == Kind::read || call.kind == Kind::write) line["bytes"] = entry.arguments[2];
  return line;
}

void write_line(std::ofstream& log, const Json& line) {
  log << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  if (!log) throw std::runtime_error("cannot write the log");
}

std::ofstream open_log(const std::optional<std::filesystem::path>& file) {
  std::ofstream log;
  if (!file) return log;
  log.open(*file);
  if (!log) throw std::runtime_error("cannot write '" + file->string() + "'");
  return log;
}

}  // namespace

Tracer::Tracer(TraceOptions options)
    : options_(std::move(options)),
      call_log_(open_log(options_.call_log)),
      operation_log_(open_log(options_.operation_log)) {
  if (options_.operation_log) recorder_.emplace(options_.watched.front());
}

void Tracer::start() {
  main_ = ::fork();
  if (main_ < 0) fail("fork");
  if (main_ == 0) become(options_.command);
  int status = 0;
  if (::waitpid(main_, &status, __WALL) != main_ || !WIFSTOPPED(status)) {
    throw std::runtime_error("this system lets no program trace another (a container, or a security module?)");
  }
  constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                            PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  if (::ptrace(PTRACE_SETOPTIONS, main_, nullptr, kOptions) != 0) fail("choose what to trace");
  threads_.insert(main_);
  go_on(main_, PTRACE_CONT);
}

Outcome Tracer::run() {
  start();
  while (true) {
    int status = 0;
    const pid_t thread = ::waitpid(-1, &status, __WALL);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0 && errno == ECHILD) return outcome_;
    if (thread < 0) fail("wait");
    if (WIFSTOPPED(status)) {
      handle_stop(thread, status);
      continue;
    }
    threads_.erase(thread);
    pending_.erase(thread);
    if (thread != main_) continue;
    if (WIFEXITED(status)) outcome_.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
  }
}

void Tracer::handle_stop(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  // A new thread begins so, before or after its maker tells of it.
  if (threads_.insert(thread).second && signal == SIGSTOP) return go_on(thread, PTRACE_CONT);
  if (signal == kSystemCallStop) return at_exit(thread);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_SECCOMP) return at_entry(thread);
  go_on(thread, PTRACE_CONT, event == 0 ? signal : 0);
}

// A thread that another one's death has taken away is no failure.
void Tracer::go_on(pid_t thread, __ptrace_request request, long signal) {
  if (::ptrace(request, thread, nullptr, signal) != 0 && errno != ESRCH) fail("go on");
}

bool Tracer::names_watched(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const {
  const auto is_watched = [&](int path, int folder) {
    if (path < 0) return false;
    const auto named = path_of(tracee, entry, path, folder);
    for (const auto& watched : options_.watched) {
      if (is_within(named, watched)) return true;
    }
    return false;
  };
  return is_watched(call.path, call.folder) || is_watched(call.path2, call.folder2);
}

bool Tracer::is_counted(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) {
  if (call.kind == Kind::control && !locks(entry)) return false;
  if (!counting_) counting_ = names_watched(tracee, call, entry);
  if (counting_ && call.kind == Kind::unknown) {
    throw std::runtime_error("the program calls " + std::string(call.name) + ", for which there is no model; add one");
  }
  return counting_;
}

void Tracer::at_entry(pid_t thread) {
  const Tracee tracee(thread);
  const auto entry = tracee.entry();
  const auto* const call = find_call(entry.number);
  if (call == nullptr) throw std::runtime_error("a call stopped that is not in the table");
  if (call->kind == Kind::settings) {
    // A process that closes itself to tracers could no longer be looked into by one that is not root.
    if (entry.arguments[0] == PR_SET_DUMPABLE && entry.arguments[1] == 0) tracee.skip(0);
    return go_on(thread, PTRACE_CONT);
  }
  if (options_.nameless_files == NamelessFiles::refused && is_nameless(*call, entry)) {
    tracee.skip(-EOPNOTSUPP);
    return go_on(thread, PTRACE_CONT);
  }
  if (!is_counted(tracee, *call, entry)) return go_on(thread, PTRACE_CONT);

  ++outcome_.calls;
  const auto occurrence = ++counts_[call->name];
  const auto& target = options_.target;
  Pending pending{call, entry, false, std::nullopt, std::nullopt};
  if (options_.call_log) pending.line = line_for(tracee, *call, entry);
  if (pending.line) (*pending.line)["occurrence"] = occurrence;
  if (recorder_) pending.operation = recorder_->before(tracee, *call, entry);
  pending.is_target = target && target->call == call->name && target->occurrence == occurrence;
  if (pending.is_target) {
    outcome_.reached = true;
    if (target->action == Action::kill_before) return kill_all();
    prepare_target(tracee, pending);
  }
  const bool wants_exit = pending.is_target || pending.line || pending.operation;
  if (wants_exit) pending_[thread] = std::move(pending);
  go_on(thread, wants_exit ? PTRACE_SYSCALL : PTRACE_CONT);
}

void Tracer::prepare_target(const Tracee& tracee, const Pending& pending) const {
  const auto kind = pending.call->kind;
  switch (options_.target->action) {
    case Action::kill_before:
    case Action::kill_after:
    case Action::fail_after: return;
    case Action::fail: return tracee.skip(-options_.target->error_number);
    case Action::halve:
      if (kind != Kind::read && kind != Kind::write) throw std::runtime_error("only reads and writes can be halved");
      return tracee.set_argument(2, pending.entry.arguments[2] / 2);
  }
}

void Tracer::at_exit(pid_t thread) {
  const auto found = pending_.find(thread);
  if (found == pending_.end()) return go_on(thread, PTRACE_CONT);
  auto pending = std::move(found->second);
  pending_.erase(found);
  const Tracee tracee(thread);
  if (pending.operation) {
    auto operation = Recorder::after(tracee, *pending.call, pending.entry, std::move(*pending.operation));
    if (operation) write_line(operation_log_, *operation);
  }
  if (pending.line) {
    (*pending.line)["result"] = tracee.result();
    write_line(call_log_, *pending.line);
  }
  if (pending.is_target && options_.target->action == Action::kill_after) return kill_all();
  if (pending.is_target && options_.target->action == Action::fail_after) {
    tracee.set_result(-options_.target->error_number);
  }
  go_on(thread, PTRACE_CONT);
}

void Tracer::kill_all() {
  for (const auto thread : threads_) (void)::kill(thread, SIGKILL);
}

}  // namespace holdfast::faults
