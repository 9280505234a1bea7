#include "registry/http/admissions.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast::http {
namespace {

TEST(Admissions, LimitThePlaceAndTheWhole) {
  Admissions admissions(3, 2);
  std::vector<Admissions::Ticket> tickets;
  const auto admit = [&](const char* place) {
    tickets.push_back(admissions.admit(place));
    return tickets.back().admission();
  };
  EXPECT_EQ(admit("a"), Admission::admitted);
  EXPECT_EQ(admit("a"), Admission::admitted);
  EXPECT_EQ(admit("a"), Admission::turned_away);
  EXPECT_EQ(admit("b"), Admission::admitted);
  EXPECT_EQ(admit("c"), Admission::turned_away);
  tickets.clear();
  EXPECT_EQ(admit("a"), Admission::admitted);
  EXPECT_EQ(admit("a"), Admission::admitted);
}

TEST(Admissions, GiveAPlaceBackOnce) {
  Admissions admissions(1, 1);
  auto first = std::make_unique<Admissions::Ticket>(admissions.admit("a"));
  auto moved = std::make_unique<Admissions::Ticket>(std::move(*first));
  first.reset();
  EXPECT_EQ(admissions.admit("a").admission(), Admission::turned_away);
  moved.reset();
  EXPECT_EQ(admissions.admit("a").admission(), Admission::admitted);
}

TEST(Admissions, SayNoToAFewAtOnceOnly) {
  Admissions admissions(0, 0);
  std::vector<Admissions::Ticket> tickets;
  for (int i = 0; i < 16; ++i) {
    tickets.push_back(admissions.admit("a"));
    EXPECT_EQ(tickets.back().admission(), Admission::turned_away);
  }
  EXPECT_EQ(admissions.admit("a").admission(), Admission::dropped);
  tickets.pop_back();
  EXPECT_EQ(admissions.admit("a").admission(), Admission::turned_away);
}

}  // namespace
}  // namespace holdfast::http
