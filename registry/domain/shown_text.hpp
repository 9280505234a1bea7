// Texts from people that others read in lists and logs.
#pragma once

#include "core/result.hpp"

#include <string_view>

namespace holdfast::domain {

/// Whether `text` has at most `max_size` bytes, is UTF-8, and looks like what it says: neither control characters, nor
/// invisible ones, which reorder or hide others (but for the joiners that some scripts are written with). A name with
/// them could not stand in a certificate either. ErrorCode::usage, showing the text with what is wrong escaped.
[[nodiscard]] Result<void> check_shown(std::string_view text, std::size_t max_size);

}  // namespace holdfast::domain
