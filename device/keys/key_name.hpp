// What keys are called, and what their files are called.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace holdfast::keys {

/// The name of a key: 1 to 64 letters, digits, '.', '_' and '-'. Safe in file names and on terminals.
class KeyName {
 public:
  /// ErrorCode::usage, with the rule, for anything else.
  [[nodiscard]] static Result<KeyName> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  auto operator<=>(const KeyName&) const = default;

 private:
  explicit KeyName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Counts the rotations of one name, from 1.
struct KeyVersion {
  std::uint32_t number = 1;
  auto operator<=>(const KeyVersion&) const = default;
};

/// One key: a version of a name. Ordered by name in byte order, then by version.
struct KeyId {
  KeyName name;
  KeyVersion version;

  /// Reads "NAME@VERSION", the version without leading zeros: ErrorCode::usage for anything else.
  [[nodiscard]] static Result<KeyId> parse(std::string_view text);
  /// "NAME@VERSION".
  [[nodiscard]] std::string text() const;
  auto operator<=>(const KeyId&) const = default;
};

inline constexpr std::string_view kKeyFileSuffix = ".key";

/// "NAME@VERSION.key".
[[nodiscard]] std::string file_name_of(const KeyId& id);
/// "NAME@VERSION.crt": the certificate beside it.
[[nodiscard]] std::string certificate_name_of(const KeyId& id);
/// The key that a file of this name holds; ErrorCode::malformed where no key file is called so.
[[nodiscard]] Result<KeyId> parse_file_name(std::string_view file_name);

/// Up to `limit` of `names`, those first that differ from `wanted` by the fewest edits: for messages.
[[nodiscard]] std::vector<std::string> closest_names(const KeyName& wanted, std::vector<KeyName> names,
                                                     std::size_t limit);

}  // namespace holdfast::keys
