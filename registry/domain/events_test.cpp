#include "registry/domain/events.hpp"

#include <gtest/gtest.h>

#include "registry/domain/history.hpp"

namespace holdfast::domain {
namespace {

const Timestamp kTime(std::chrono::seconds(1'750'000'000));

Event sample() {
  return {.at = kTime,
          .actor = "operator:anna",
          .type = "identity.enrolled",
          .identity = IdentityId::parse("01976f5d-5480-7abc-8def-0123456789ab").value(),
          .details = {{"name", "gate 7"}, {"purpose", "opens\n\"doors\""}}};
}

TEST(Events, AreOneLineOfCanonicalJson) {
  const auto text = to_json(sample()).value();
  EXPECT_EQ(
      text,
      R"({"actor":"operator:anna","at":"2025-06-15T15:06:40Z","details":{"name":"gate 7","purpose":"opens\n\"doors\""},)"
      R"("identity":"01976f5d-5480-7abc-8def-0123456789ab","type":"identity.enrolled"})");
  EXPECT_EQ(parse_event(text).value(), sample());
}

TEST(Events, WithoutAnIdentityAreReadBackToo) {
  Event event = sample();
  event.identity.reset();
  EXPECT_EQ(parse_event(to_json(event).value()).value(), event);
}

TEST(Events, WhatDoesNotFitIntoTheLogIsRefused) {
  Event event = sample();
  event.details["name"] = std::string(kMaxEventSize, 'x');
  EXPECT_EQ(to_json(event).error().code(), ErrorCode::usage);
}

TEST(Events, OtherTextsAreNone) {
  for (const char* text : {"", "{}", R"({"actor":"a","at":"2025-06-15T15:06:40Z","details":{},"type":"t","x":"y"})",
                           R"({"actor":"a","at":"yesterday","details":{},"type":"t"})",
                           R"({"actor":"a","at":"2025-06-15T15:06:40Z","details":{"a":1},"type":"t"})",
                           R"({"actor":"a","at":"2025-06-15T15:06:40Z","details":{},"identity":"7","type":"t"})",
                           R"({ "actor":"a","at":"2025-06-15T15:06:40Z","details":{},"type":"t"})"}) {
    const auto parsed = parse_event(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed) << text;
  }
}

TEST(History, IsTheNewestOfEverythingSaidUntilThen) {
  Event later = sample();
  later.at = kTime + std::chrono::seconds(60);
  later.type = "identity.suspended";
  later.details = {{"state", "suspended"}, {"name", "gate 8"}};
  const std::vector events{sample(), later};

  const auto before = picture_at(events, kTime);
  EXPECT_EQ(before.events, 1U);
  EXPECT_EQ(before.facts.at("name"), "gate 7");
  EXPECT_FALSE(before.facts.contains("state"));
  const auto after = picture_at(events, kTime + std::chrono::hours(1));
  EXPECT_EQ(after.events, 2U);
  EXPECT_EQ(after.facts.at("name"), "gate 8");
  EXPECT_EQ(after.facts.at("state"), "suspended");
  EXPECT_EQ(after.last, later.at);
  EXPECT_EQ(picture_at(events, kTime - std::chrono::seconds(1)).events, 0U);
}

}  // namespace
}  // namespace holdfast::domain
