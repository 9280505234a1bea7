#include "core/clock.hpp"

#include <charconv>
#include <format>
#include <optional>

#include "core/text.hpp"

namespace holdfast {
namespace {

constexpr Timestamp kLatest =
    std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::hours(24) - std::chrono::seconds(1);

constexpr std::string_view kUnits = "smhdw";

Error bad_time(std::string_view text) {
  return {ErrorCode::usage,
          "'" + printable(text, 64) + "' is not a time; write 2026-12-31T23:59:59Z, or a span such as 30d"};
}

// Digits only: from_chars would also take a sign.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// The part behind the seconds: an optional fraction, then Z or an offset.
std::optional<std::chrono::seconds> offset_of(std::string_view rest) {
  if (!rest.empty() && rest.front() == '.') {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] >= '0' && rest[end] <= '9') ++end;
    if (end == 1) return std::nullopt;
    rest.remove_prefix(end);
  }
  if (rest == "Z" || rest == "z") return std::chrono::seconds(0);
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const auto hours = digits(rest, 1, 2);
  const auto minutes = digits(rest, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto span = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return rest[0] == '+' ? span : -span;
}

}  // namespace

Timestamp system_clock_now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string format_rfc3339(Timestamp time) { return std::format("{:%Y-%m-%dT%H:%M:%S}Z", time); }

Result<Timestamp> parse_rfc3339(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return bad_time(text);
  const bool separators =
      text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't') && text[13] == ':' && text[16] == ':';
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  const auto offset = offset_of(text.substr(19));
  // 60 is a leap second, which the system's clock does not count: it becomes the next minute.
  if (!separators || !date.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 60 || !offset) {
    return bad_time(text);
  }
  const Timestamp time = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                         std::chrono::seconds(*second) - *offset;
  if (time < Timestamp() || time > kLatest) return bad_time(text);
  return time;
}

Result<std::chrono::seconds> parse_span(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const bool nothing = problem == std::errc() && count == 0 && unit.size() == 1 && kUnits.contains(unit);
  if (nothing) {
    return Error(ErrorCode::usage,
                 "the span '" + printable(text, 64) + "' has no length; write 1 or more, such as 30d");
  }
  if (problem != std::errc() || count <= 0 || count > 1'000'000'000 || unit.size() != 1) return bad_time(text);
  switch (unit.front()) {
    case 's': return std::chrono::seconds(count);
    case 'm': return std::chrono::seconds(count * 60);
    case 'h': return std::chrono::seconds(count * 3600);
    case 'd': return std::chrono::seconds(count * 86400);
    case 'w': return std::chrono::seconds(count * 604800);
    default: return bad_time(text);
  }
}

Result<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (auto absolute = parse_rfc3339(text); absolute.ok()) return absolute;
  TRY_LET(const auto span, parse_span(text), "parse time span");
  if (now + span > kLatest) return bad_time(text);
  return now + span;
}

}  // namespace holdfast
