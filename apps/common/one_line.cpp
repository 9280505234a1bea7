#include "apps/common/one_line.hpp"

#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "core/text.hpp"

namespace holdfast::app {

std::string one_line(std::string_view text, std::size_t max_size) {
  constexpr std::array<std::string_view, 2> kJoiners{"\u200c", "\u200d"};
  const std::string printed = printable(text, max_size);
  std::string line;
  for (std::string_view rest = printed; !rest.empty();) {
    const auto [bytes, kind] = first_character(rest);
    rest.remove_prefix(bytes.size());
    if (kind != CharacterKind::invisible || std::ranges::contains(kJoiners, bytes)) {
      line += bytes;
      continue;
    }
    for (const auto& byte : as_bytes(bytes)) line += "\\x" + to_hex({&byte, 1});
  }
  return line;
}

}  // namespace holdfast::app
