// Work in a process of its own: where locks, crashes and what is left on the disk are what is tested.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace holdfast::test {

/// Runs `work` in a child, whose exit status is what `work` returns.
template <typename Work>
pid_t start_process(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  return child;
}

/// The child's exit status; -1 where it was killed.
inline int wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace holdfast::test
