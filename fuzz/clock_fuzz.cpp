// Times: what is accepted lies within the supported years and survives the round trip.
#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/bytes.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::Timestamp;
  using holdfast::fuzz::check;
  const auto text = holdfast::as_text({data, size});
  constexpr Timestamp kEnd = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::days(1);
  const auto time = holdfast::parse_rfc3339(text);
  if (time.ok()) {
    check(*time >= Timestamp() && *time < kEnd, "a time lies within the years 1970 to 9999");
    const auto again = holdfast::parse_rfc3339(holdfast::format_rfc3339(*time));
    check(again.ok() && *again == *time, "a time round-trips");
  }
  const auto span = holdfast::parse_span(text);
  check(!span.ok() || span->count() > 0, "a span is positive");
  check(!span.ok() || !time.ok(), "no text is both a time and a span");
  const Timestamp now{std::chrono::seconds(1'795'293'900)};
  const auto moment = holdfast::parse_moment(text, now);
  check(!moment.ok() || *moment < kEnd, "a moment lies before the year 10000");
  check(moment.ok() || !time.ok(), "every time is a moment");
  return 0;
}
