#include "registry/protocols/est/basic.hpp"

#include "core/encoding.hpp"
#include "registry/protocols/message.hpp"

namespace holdfast::est {

std::optional<BasicCredentials> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!protocols::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  const auto bytes = parse_base64(authorization);
  if (!bytes.ok()) return std::nullopt;
  const auto text = as_text(*bytes);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return BasicCredentials{.user = std::string(text.substr(0, colon)), .password = std::string(text.substr(colon + 1))};
}

}  // namespace holdfast::est
