#include "registry/domain/history.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast::domain {
namespace {

constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};

Event event(std::string type, Timestamp at, std::map<std::string, std::string> details) {
  return {at, "registry", std::move(type), std::nullopt, std::move(details)};
}

TEST(History, WhatWasRefusedTellsNothingOfTheIdentity) {
  const std::vector<Event> events{
      event("identity.enrolled", kNow, {{"grant.id", "first"}, {"name", "gate 7"}}),
      event("enrolment.refused", kNow + std::chrono::seconds(1), {{"grant.id", "second"}, {"reason", "a clone"}})};
  const auto picture = picture_at(events, kNow + std::chrono::seconds(1));
  EXPECT_EQ(picture.facts, (std::map<std::string, std::string>{{"grant.id", "first"}, {"name", "gate 7"}}));
  EXPECT_EQ(picture.events, 2U);
  EXPECT_EQ(picture.last, kNow + std::chrono::seconds(1));
}

TEST(History, TheNewestValueOfEachFactCountsUpToATime) {
  const std::vector<Event> events{event("identity.enrolled", kNow, {{"state", "active"}, {"name", "gate 7"}}),
                                  event("identity.suspended", kNow + std::chrono::days(1), {{"state", "suspended"}})};
  EXPECT_EQ(picture_at(events, kNow).facts.at("state"), "active");
  EXPECT_EQ(picture_at(events, kNow + std::chrono::days(1)).facts.at("state"), "suspended");
}

}  // namespace
}  // namespace holdfast::domain
