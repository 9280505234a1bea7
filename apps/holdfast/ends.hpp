// Where a command reads from and writes to: files, or "-" for standard input and output.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/bytes.hpp"
#include "core/file.hpp"
#include "core/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace holdfast::app {

/// An open input. Standard input is borrowed, a file is closed with this object.
class InputEnd {
 public:
  /// ErrorCode::usage where standard input already gives the anchor's passphrase, or the command's own.
  [[nodiscard]] static Result<InputEnd> open(const GlobalArguments& global, const std::string& path,
                                             const std::string& passphrase_file = {});
  [[nodiscard]] int descriptor() const { return file_.valid() ? file_.get() : 0; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Bytes, where it is a regular file; 0 where nobody knows.
  [[nodiscard]] std::uint64_t size() const;

 private:
  FileDescriptor file_;
  std::string name_;
};

enum class Content { text, binary };

/// An output that appears under its name only when it is complete. Standard output, pipes and devices get bytes
/// as they come: replacing /dev/null by a file would be a surprise for the whole machine.
class OutputEnd {
 public:
  /// Binary content is not written to a terminal (ErrorCode::usage).
  [[nodiscard]] static Result<OutputEnd> open(const std::string& path, mode_t mode, Content content);
  [[nodiscard]] int descriptor() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_standard_output() const { return !file_ && !direct_.valid(); }
  [[nodiscard]] Result<void> write(ByteView bytes);
  /// Puts the file in place.
  [[nodiscard]] Result<void> commit();

 private:
  std::optional<AtomicFile> file_;
  FileDescriptor direct_;
  std::string name_;
};

/// 0666 less the process's umask, for output that is not secret.
[[nodiscard]] mode_t ordinary_mode();

}  // namespace holdfast::app
