// A thread of another program that stands still at a system call: what it is about to do, and changing that.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/bytes.hpp"
#include "tests/faults/calls.hpp"

namespace holdfast::faults {

/// Borrows nothing, and stands for the thread only while that is stopped. Everything throws std::system_error where
/// the system refuses.
class Tracee {
 public:
  using Arguments = std::array<std::uint64_t, 6>;

  explicit Tracee(pid_t thread) : thread_(thread) {}
  [[nodiscard]] pid_t thread() const { return thread_; }

  /// At the beginning of a call: which one, and its arguments.
  struct Entry {
    std::uint64_t number;
    Arguments arguments;
  };
  [[nodiscard]] Entry entry() const;
  /// At the end of a call: what it returned, a negative error number where it failed.
  [[nodiscard]] std::int64_t result() const;

  /// At the beginning: it never happens, and returns this.
  void skip(std::int64_t result) const;
  /// At the beginning: another value for an argument.
  void set_argument(std::size_t position, std::uint64_t value) const;
  /// At the end: it returns this instead.
  void set_result(std::int64_t result) const;

  [[nodiscard]] Bytes read_memory(std::uint64_t address, std::size_t size) const;
  /// Absolute and without dots, as the thread means it; "/proc/self" names the thread itself. Links are not followed,
  /// but for those of descriptors.
  [[nodiscard]] std::filesystem::path path_at(std::uint64_t address, int folder) const;
  /// What a descriptor stands for, as the system shows it: a path (of a nameless file one that ends in " (deleted)"),
  /// or such as "pipe:[17]". Empty where it is not open.
  [[nodiscard]] std::string shown(int descriptor) const;
  /// A path under which the tracer finds the same open file.
  [[nodiscard]] std::filesystem::path link_to(int descriptor) const;
  /// The position at which the next read or write of a descriptor begins.
  [[nodiscard]] std::uint64_t position_of(int descriptor) const;

 private:
  [[nodiscard]] std::string read_string(std::uint64_t address) const;
  pid_t thread_;
};

/// An argument that the kernel takes for an int.
[[nodiscard]] inline int as_int(std::uint64_t argument) {
  return static_cast<int>(static_cast<std::uint32_t>(argument));
}

}  // namespace holdfast::faults
