// The system calls at which faults are injected, and what is known of each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace holdfast::faults {

/// What a call does. Decides which faults fit it, and how it is recorded.
enum class Kind {
  open,
  close,
  read,
  write,
  sync,
  rename,
  link,
  unlink,
  remove_folder,
  make_folder,
  resize,
  change_mode,
  change_owner,
  examine,  ///< stat and the like
  list,     ///< getdents
  lock,
  control,  ///< fcntl: counted only where it locks
  map,
  lock_memory,
  advise,
  random,
  make_thread,
  settings,  ///< prctl: never counted, see Tracer
  unknown,   ///< changes files in a way that is not modelled: the runner gives up rather than overlook it
};

/// One row for each call of this machine's kernel interface. Positions of arguments are -1 where there is none.
struct Call {
  long number;
  std::string_view name;
  Kind kind;
  int folder = -1;   ///< the descriptor from which `path` counts
  int path = -1;     ///< a path
  int folder2 = -1;  ///< the same of the second path
  int path2 = -1;
  int flags = -1;  ///< of open and of renames
};

/// All of them, in no order.
[[nodiscard]] std::span<const Call> all_calls();

/// The row of a number; nullptr where there is none.
[[nodiscard]] const Call* find_call(std::uint64_t number);

}  // namespace holdfast::faults
