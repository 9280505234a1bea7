// Running a program that a credential file names, without a shell and without trust in it.
#pragma once

#include "core/secret_bytes.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::fingerprint {

struct ProgramRequest {
  std::filesystem::path path;
  std::optional<std::string> argument;
  std::chrono::milliseconds limit{2000};
  std::size_t max_output = std::size_t{64} * 1024;
  /// Below which the program must lie; empty for any that is trusted.
  std::filesystem::path folder = {};  // NOLINT(readability-redundant-member-init): may be left out
};

struct ProgramOutcome {
  std::string failure;   ///< for people; blank on success
  SecretBytes output;    ///< standard output; empty on failure
  bool outside = false;  ///< it was not run, since it does not lie safely below the folder
};

/// Runs the program once and waits for it. It gets its path as argv[0], at most one argument, standard
/// input from /dev/null, no other open descriptors, PATH and LC_ALL alone in its environment, and "/" as
/// its working folder. After `limit`, or with more output than allowed, it is killed with its process
/// group; what it leaves running in its group is killed as well.
///
/// A binary is executed through the descriptor that was checked. A script cannot be: its interpreter opens
/// it by name. It is executed by its path, which is safe because every folder on the way was found to be
/// beyond the reach of other accounts. Thread-safe.
[[nodiscard]] ProgramOutcome run_program(const ProgramRequest& request);

}  // namespace holdfast::fingerprint
