// Runs a program and, at one of its system calls, lets something go wrong.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "tests/faults/calls.hpp"
#include "tests/faults/recorder.hpp"
#include "tests/faults/tracee.hpp"

namespace holdfast::faults {

enum class Action {
  kill_before,  ///< SIGKILL to all of the program's processes; the call does not happen
  kill_after,   ///< the same when it has happened
  fail,         ///< it does not happen, and returns an error
  fail_after,   ///< it happens, and returns an error: what a network, or close(2), may do
  halve,        ///< a read or write is asked for half as many bytes
};

/// Which call, told by its name and which of that name it is, from 1: with threads the order of calls of different
/// names may vary, as that of reservations of memory does.
struct Target {
  std::string call;
  unsigned occurrence = 0;
  Action action = Action::fail;
  int error_number = 0;
};

/// Whether files that have no name yet can be made, or the program has to do without, as on NFS and FAT.
enum class NamelessFiles { as_the_system_has_them, refused };

struct TraceOptions {
  /// Counting begins with the first call that names one of these, or what is below.
  std::vector<std::filesystem::path> watched;
  std::optional<Target> target;
  NamelessFiles nameless_files = NamelessFiles::as_the_system_has_them;
  std::optional<std::filesystem::path> call_log;       ///< a line of JSON for each counted call
  std::optional<std::filesystem::path> operation_log;  ///< and for each change below the first of `watched`
  std::vector<std::string> command;
};

/// How it went.
struct Outcome {
  unsigned calls = 0;  ///< counted
  bool reached = false;
  std::optional<int> exit_status;
  std::optional<int> signal;  ///< that ended it
};

/// Runs one program to its end. Its threads and children are traced like itself. Everything throws std::exception
/// where the tracer itself fails.
class Tracer {
 public:
  explicit Tracer(TraceOptions options);
  [[nodiscard]] Outcome run();

 private:
  // What a thread is in the middle of.
  struct Pending {
    const Call* call = nullptr;
    Tracee::Entry entry{};
    bool is_target = false;
    std::optional<Json> operation;
    std::optional<Json> line;
  };

  void start();
  void handle_stop(pid_t thread, int status);
  void at_entry(pid_t thread);
  void at_exit(pid_t thread);
  [[nodiscard]] bool is_counted(const Tracee& tracee, const Call& call, const Tracee::Entry& entry);
  [[nodiscard]] bool names_watched(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const;
  void prepare_target(const Tracee& tracee, const Pending& pending) const;
  void kill_all();
  static void go_on(pid_t thread, __ptrace_request request, long signal = 0);

  TraceOptions options_;
  std::optional<Recorder> recorder_;
  std::ofstream call_log_;
  std::ofstream operation_log_;
  std::map<std::string_view, unsigned> counts_;
  std::map<pid_t, Pending> pending_;
  std::set<pid_t> threads_;
  pid_t main_ = -1;
  bool counting_ = false;
  Outcome outcome_;
};

}  // namespace holdfast::faults
