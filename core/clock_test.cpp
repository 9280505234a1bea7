#include "core/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>

namespace holdfast {
namespace {

Timestamp at(std::int64_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }
constexpr std::int64_t kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z

TEST(Rfc3339, ReadsEveryDateTimeForm) {
  struct Row {
    std::string text;
    std::int64_t seconds;
  };
  const Row rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      // RFC 3339, section 5.8
      {"1985-04-12T23:20:50.52Z", 482196050},
      {"1996-12-19T16:39:57-08:00", 851042397},
      {"1990-12-31T23:59:60Z", 662688000},
      {"1990-12-31T15:59:60-08:00", 662688000},
      {"2000-02-29T12:00:00Z", 951825600},
      {"2026-11-21t20:45:00z", 1795293900},
      {"2026-11-21T20:45:00.999999999999Z", 1795293900},
      {"2026-11-21T20:45:00+00:00", 1795293900},
      {"2026-11-21T20:45:00-00:00", 1795293900},
      {"2026-11-22T02:15:00+05:30", 1795293900},
      {"2038-01-19T03:14:08Z", 2147483648},
      {"9999-12-31T23:59:59Z", kLastSecond},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto time = parse_rfc3339(row.text);
    ASSERT_TRUE(time.ok()) << time.error().describe();
    EXPECT_EQ(*time, at(row.seconds));
  }
}

TEST(Rfc3339, RefusesEverythingElse) {
  const std::string rows[] = {
      "",
      "now",
      "2026-11-21",
      "2026-11-21T20:45:00",
      "2026-11-21 20:45:00Z",
      "2026-11-21T20:45Z",
      "2026-11-21T20:45:00.Z",
      "2026-11-21T20:45:00,5Z",
      "2026-11-21T20:45:00ZZ",
      "2026-11-21T20:45:00Z ",
      " 2026-11-21T20:45:00Z",
      "2026-11-21T20:45:00+1:00",
      "2026-11-21T20:45:00+0100",
      "2026-11-21T20:45:00+24:00",
      "2026-11-21T20:45:00+00:60",
      "2026-11-21T24:00:00Z",
      "2026-11-21T20:60:00Z",
      "2026-11-21T20:45:61Z",
      "2026-00-21T20:45:00Z",
      "2026-13-21T20:45:00Z",
      "2026-11-00T20:45:00Z",
      "2026-11-31T20:45:00Z",
      "2025-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "1969-12-31T23:59:59Z",
      "1970-01-01T00:00:00+00:01",
      "9999-12-31T23:59:60Z",
      "9999-12-31T23:59:59-00:01",
      "+026-11-21T20:45:00Z",
      "2026-1a-21T20:45:00Z",
      "12026-11-21T20:45:00Z",
  };
  for (const auto& text : rows) {
    SCOPED_TRACE(text);
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time.ok());
    EXPECT_EQ(time.error().code(), ErrorCode::usage);
  }
}

TEST(Rfc3339, ErrorsTellWhatToWriteAndShowNoControlCharacters) {
  const auto time = parse_rfc3339("to\x1b[31mmorrow");
  ASSERT_FALSE(time.ok());
  EXPECT_EQ(time.error().message(),
            R"('to\x1b[31mmorrow' is not a time; write 2026-12-31T23:59:59Z, or a span such as 30d)");
}

TEST(Rfc3339, WritesUtcWithWholeSeconds) {
  EXPECT_EQ(format_rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(at(1795293900)), "2026-11-21T20:45:00Z");
  EXPECT_EQ(format_rfc3339(at(kLastSecond)), "9999-12-31T23:59:59Z");
}

RC_GTEST_PROP(Rfc3339Property, RoundTrips, ()) {
  const auto seconds = *rc::gen::inRange<std::int64_t>(0, kLastSecond + 1);
  const auto parsed = parse_rfc3339(format_rfc3339(at(seconds)));
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == at(seconds));
}

TEST(Span, ReadsANumberAndAUnit) {
  struct Row {
    std::string text;
    std::int64_t seconds;
  };
  const Row rows[] = {{"1s", 1},        {"90s", 90},    {"15m", 900},     {"2h", 7200},
                      {"30d", 2592000}, {"1w", 604800}, {"007d", 604800}, {"1000000000w", 604800000000000}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto span = parse_span(row.text);
    ASSERT_TRUE(span.ok());
    EXPECT_EQ(span->count(), row.seconds);
  }
}

TEST(Span, RefusesEverythingElse) {
  for (const std::string text : {"", "d", "0d", "-1d", "+1d", "1", "1 d", " 1d", "1d ", "1D", "1y", "1.5h", "1h30m",
                                 "1000000001s", "99999999999999999999d", "0x10s"}) {
    SCOPED_TRACE(text);
    const auto span = parse_span(text);
    ASSERT_FALSE(span.ok());
    EXPECT_EQ(span.error().code(), ErrorCode::usage);
  }
}

TEST(Span, OfNoLengthIsCalledSo) {
  EXPECT_NE(parse_span("0d").error().message().find("'0d' has no length"), std::string::npos);
  EXPECT_EQ(parse_span("0y").error().message().find("has no length"), std::string::npos);
}

TEST(Moment, IsATimeOrASpanFromNow) {
  const auto now = at(1'000'000);
  EXPECT_EQ(*parse_moment("30d", now), now + std::chrono::days(30));
  EXPECT_EQ(*parse_moment("1970-01-01T00:00:05Z", now), at(5));
  EXPECT_FALSE(parse_moment("soon", now).ok());
}

TEST(Moment, EndsWithTheYear9999) {
  EXPECT_TRUE(parse_moment("1s", at(kLastSecond - 1)).ok());
  EXPECT_FALSE(parse_moment("2s", at(kLastSecond - 1)).ok());
  EXPECT_FALSE(parse_moment("1000000000w", at(0)).ok());
}

TEST(SystemClock, TellsAPlausibleTime) { EXPECT_GT(system_clock_now(), at(1'700'000'000)); }

}  // namespace
}  // namespace holdfast
