// The name and password of HTTP's Basic authentication (RFC 7617).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::est {

struct BasicCredentials {
  std::string user;
  std::string password;
};

/// Reads the value of an Authorization header. None where it is of another scheme or malformed.
[[nodiscard]] std::optional<BasicCredentials> parse_basic(std::string_view authorization);

}  // namespace holdfast::est
