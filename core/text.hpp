// Text from people: Unicode normalisation, and what may be shown on a terminal.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <string>
#include <string_view>

namespace holdfast {

/// A passphrase as the formats use it: UTF-8 in normal form C (Unicode Annex 15), one trailing newline
/// removed. Empty or not UTF-8 is ErrorCode::usage.
[[nodiscard]] Result<SecretBytes> normalise_passphrase(const SecretBytes& typed);

/// `text` for messages that quote foreign input: the bytes of control characters, and bytes that are not UTF-8, become
/// \xNN; behind `max_size` bytes it is cut between two characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_size = 200);

/// What a character does where text is shown: `control` characters command the terminal; `invisible` ones (category Cf,
/// line and paragraph separators) reorder, join or hide what stands around them.
enum class CharacterKind { visible, invisible, control, not_utf8 };
struct Character {
  std::string_view bytes;
  CharacterKind kind;
};
/// The character with which `text`, which must not be empty, begins; a byte that is not UTF-8 stands for itself.
[[nodiscard]] Character first_character(std::string_view text);

}  // namespace holdfast
