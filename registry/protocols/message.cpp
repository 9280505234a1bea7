#include "registry/protocols/message.hpp"

#include <algorithm>

namespace holdfast::protocols {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    if (found) return std::nullopt;
    found = header.value;
  }
  return found;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

Response plain_text(unsigned status, std::string_view text) {
  Response response{
      .status = status, .headers = {{.name = "Content-Type", .value = "text/plain; charset=utf-8"}}, .body = {}};
  append(response.body, as_bytes(text));
  response.body.push_back('\n');
  return response;
}

}  // namespace holdfast::protocols
