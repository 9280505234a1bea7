// Names that people read: text that cannot mislead a terminal.
#pragma once

#include <string_view>

namespace holdfast::fingerprint {

/// Whether `text` is UTF-8, not blank, and free of control characters, line separators and marks that
/// change the direction of writing.
[[nodiscard]] bool is_printable_text(std::string_view text);

}  // namespace holdfast::fingerprint
