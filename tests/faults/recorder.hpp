// Writes down what a program does to the files of one folder, with all data, so that it can be replayed in part.
#pragma once

#include <filesystem>
#include <optional>

#include "core/json.hpp"
#include "tests/faults/calls.hpp"
#include "tests/faults/tracee.hpp"

namespace holdfast::faults {

/// Whether a path is the folder, or below it.
[[nodiscard]] bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Turns calls into operations on the files of `folder`, which is absolute. Each has "op" and, but for names that go,
/// the number "ino" of the file it is about:
///
///   create {path, S}    nameless {S}    make_folder {path, S}    write {offset, data (hex)}    resize {size}
///   link {path}    rename {path, to}    unlink {path}    remove_folder {path}    settings {S}    sync {}
///
/// where S, its settings, are mode, uid and gid.
///
/// Reads the file system beside the program that is stopped, and so is right only while nobody else changes it.
class Recorder {
 public:
  explicit Recorder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// At the beginning of a call: what it will have done if it succeeds. Nothing where it changes nothing in the folder.
  /// Throws std::runtime_error for a change that cannot be written down.
  [[nodiscard]] std::optional<Json> before(const Tracee& tracee, const Call& call, const Tracee::Entry& entry) const;
  /// At its end: completes what `before` gave. Nothing where the call failed or changed nothing.
  [[nodiscard]] static std::optional<Json> after(const Tracee& tracee, const Call& call, const Tracee::Entry& entry,
                                                 Json operation);

 private:
  [[nodiscard]] std::optional<Json> before_open(const Tracee& tracee, const Call& call,
                                                const Tracee::Entry& entry) const;
  [[nodiscard]] std::optional<Json> before_naming(const Tracee& tracee, const Call& call,
                                                  const Tracee::Entry& entry) const;
  [[nodiscard]] std::optional<Json> before_change(const Tracee& tracee, const Call& call,
                                                  const Tracee::Entry& entry) const;
  std::filesystem::path folder_;
};

}  // namespace holdfast::faults
