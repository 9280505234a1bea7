// Reading this machine's attributes.
#pragma once

#include "core/result.hpp"
#include "device/fingerprint/attribute.hpp"

#include <filesystem>
#include <optional>

namespace holdfast::fingerprint {

struct CollectOptions {
  /// The folder under which sys, proc, etc, run, dev and var are found. Programs and files named in a
  /// credential file are looked up as they are written, not below it.
  std::filesystem::path sysroot = "/";
  /// A NanoROOT credential file, with Holdfast's additions; adds to the native attributes.
  std::optional<std::filesystem::path> credential_file;
  /// Programs that the credential file names must lie below this folder, an absolute path; empty for any that is
  /// trusted.
  std::filesystem::path program_folder = {};  // NOLINT(readability-redundant-member-init): may be left out
};

/// Reads all native attributes, and those of the credential file, in a stable order; groups what belongs
/// together and assigns budgets. Spawns no program except those that the credential file names.
///
/// An attribute that cannot be read is part of the result, with its state and reason. Errors: a system root that
/// is no folder (not_found), a credential file that others can write (refused), a malformed
/// credential file (malformed, naming file and place), a program that does not lie below the program folder, or a
/// program folder that others can write (refused, before any program is run). A program that fails, hangs or prints
/// too much is an unavailable attribute with that reason. Thread-safe.
[[nodiscard]] Result<Fingerprint> collect(const CollectOptions& options);

/// Reads the noisy sources of the credential file once more, and nothing else. Errors as `collect` has them.
[[nodiscard]] Result<std::vector<NoisyReading>> read_noisy_again(const CollectOptions& options);

}  // namespace holdfast::fingerprint
