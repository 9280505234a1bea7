// Foreign text on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::app {

/// `text` on one line, in the order in which it is written: as `printable`, and invisible characters, which could turn
/// that order around or begin a line, become \xNN too, but for the joiners that some scripts are written with.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t max_size);

}  // namespace holdfast::app
