// What can go wrong, in about a dozen kinds that every interface maps exactly once.
#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Stable kinds of failure. Exit statuses, the C interface and every other edge map these by a
/// `switch` without `default`, so that a new kind does not compile until each edge has decided.
enum class ErrorCode {
  usage,             ///< the caller asked for something that makes no sense; nothing was tried
  does_not_open,     ///< this device or its required factors do not open the anchor, or it is another anchor's
  wrong_passphrase,  ///< wrong passphrase of a sealed file, or wrong recovery code
  malformed,         ///< altered, truncated or malformed input
  not_found,         ///< a key, file or anchor that was named does not exist
  refused,           ///< policy, profile, entropy floor, expiry or an existing object forbids it
  io,                ///< reading or writing failed
  internal,          ///< a library failed, or a promise inside the program was broken
};

/// The name by which programs know the kind, for example "does_not_open".
[[nodiscard]] std::string_view name_of(ErrorCode code);

/// A failure: its kind, a sentence for people, and the trail of steps that led to it.
///
/// The message tells what was wrong, with which input, and what to do. Neither the message nor the
/// trail ever holds secret bytes: both may be logged.
class Error {
 public:
  struct Step {
    std::string what;
    std::source_location where;
  };

  Error(ErrorCode code, std::string message, std::source_location where = std::source_location::current());

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::vector<Step>& trail() const { return trail_; }

  /// Adds what was being attempted when the failure passed by. Used by the TRY macros.
  Error&& with_step(std::string what, std::source_location where) &&;

  /// One line for logs: code, message and trail with file names and lines.
  [[nodiscard]] std::string describe() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<Step> trail_;
};

}  // namespace holdfast
