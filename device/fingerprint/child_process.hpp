// One child process with pipes from its standard output and standard error.
#pragma once

#include "core/file.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace holdfast::fingerprint {

/// Leads a process group of its own, which is killed on destruction.
class ChildProcess {
 public:
  struct Program {
    std::string path;
    std::optional<std::string> argument;
    int file = -1;  ///< the checked descriptor; executed itself unless `is_script`
    bool is_script = false;
  };

  /// Starts the program. On failure `problem` is set and there is no process.
  ChildProcess(const Program& program, std::string& problem);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] int output() const { return output_.get(); }
  [[nodiscard]] int errors() const { return errors_.get(); }
  /// Readable as soon as the process has ended.
  [[nodiscard]] int end() const { return end_.get(); }

  /// Kills the whole group and collects the status of the process, as waitpid(2) gives it; nothing where
  /// the surrounding program takes its children's statuses itself.
  [[nodiscard]] std::optional<int> finish();

 private:
  pid_t id_ = -1;
  FileDescriptor output_;
  FileDescriptor errors_;
  FileDescriptor end_;
};

}  // namespace holdfast::fingerprint
