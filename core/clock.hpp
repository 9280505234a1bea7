// Time as people and formats write it. Code that asks for the time takes a Clock, so that tests choose it.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace holdfast {

using Timestamp = std::chrono::sys_seconds;

/// The source of the present time.
using Clock = Timestamp (*)();
[[nodiscard]] Timestamp system_clock_now();

/// RFC 3339 in UTC with whole seconds: "2026-11-21T20:45:00Z".
[[nodiscard]] std::string format_rfc3339(Timestamp time);
/// Any RFC 3339 date-time of the years 1970 to 9999; fractions of a second are cut off.
[[nodiscard]] Result<Timestamp> parse_rfc3339(std::string_view text);
/// A span: a positive whole number and one of s, m, h, d, w. Example: "30d".
[[nodiscard]] Result<std::chrono::seconds> parse_span(std::string_view text);
/// A moment as --expires takes it: RFC 3339, or a span from `now`.
[[nodiscard]] Result<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace holdfast
