#include "registry/domain/shown_text.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"

namespace holdfast::domain {
namespace {

bool is_harmless(const Character& character) {
  constexpr std::array<std::string_view, 2> kJoiners{"\u200c", "\u200d"};
  if (character.kind == CharacterKind::visible) return true;
  return character.kind == CharacterKind::invisible && std::ranges::contains(kJoiners, character.bytes);
}

}  // namespace

Result<void> check_shown(std::string_view text, std::size_t max_size) {
  if (text.size() > max_size) {
    return Error(ErrorCode::usage,
                 "'" + printable(text, 40) + "' has more than " + std::to_string(max_size) + " bytes");
  }
  std::string before;
  for (auto rest = text; !rest.empty();) {
    const auto character = first_character(rest);
    rest.remove_prefix(character.bytes.size());
    if (!is_harmless(character)) {
      return Error(ErrorCode::usage,
                   "'" + printable(text) +
                       "' has characters that cannot be shown, or is not UTF-8; take out what stands " +
                       (before.empty() ? "first" : "behind '" + printable(before) + "'"));
    }
    before += character.bytes;
  }
  return {};
}

}  // namespace holdfast::domain
