// Which keys a person or program means.
#pragma once

#include <optional>
#include <string_view>

#include "core/result.hpp"
#include "device/keys/key_name.hpp"

namespace holdfast::keys {

/// One key, or all versions of a name.
struct KeySelection {
  KeyName name;
  std::optional<KeyVersion> version = std::nullopt;

  /// Reads "NAME" or "NAME@VERSION"; ErrorCode::usage for anything else.
  [[nodiscard]] static Result<KeySelection> parse(std::string_view text);
};

}  // namespace holdfast::keys
