// Secrets that somebody is given and brings back: of grants and of tokens.
#pragma once

#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::domain {

using SecretHash = std::array<std::uint8_t, 32>;

/// A fresh one: 160 random bits as 32 characters of Crockford's base32. Random enough for a plain hash to keep it by.
struct BearerSecret {
  std::string text;
  SecretHash hash{};  ///< SHA-256 of the 20 bytes
};
[[nodiscard]] Result<BearerSecret> make_bearer_secret();

/// Whether `presented` is the secret of that hash; in constant time, and nothing else is told about it.
[[nodiscard]] Result<bool> is_secret_of(const SecretHash& hash, std::string_view presented);

}  // namespace holdfast::domain
