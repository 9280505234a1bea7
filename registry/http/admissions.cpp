#include "registry/http/admissions.hpp"

namespace holdfast::http {
namespace {

// Saying no costs a handshake as well.
constexpr std::size_t kMostTurnedAway = 16;

}  // namespace

Admissions::Ticket::~Ticket() {
  if (owner_ != nullptr) owner_->leave(admission_, place_);
}

Admissions::Ticket Admissions::admit(std::string place) {
  const std::lock_guard lock(mutex_);
  const auto known = by_place_.find(place);
  const auto from_there = known == by_place_.end() ? 0 : known->second;
  if (admitted_ < most_ && from_there < most_a_place_) {
    ++admitted_;
    ++by_place_[place];
    return {this, Admission::admitted, std::move(place)};
  }
  if (turned_away_ >= kMostTurnedAway) return {nullptr, Admission::dropped, {}};
  ++turned_away_;
  return {this, Admission::turned_away, {}};
}

void Admissions::leave(Admission admission, const std::string& place) {
  const std::lock_guard lock(mutex_);
  if (admission == Admission::turned_away) {
    --turned_away_;
    return;
  }
  --admitted_;
  const auto known = by_place_.find(place);
  if (--known->second == 0) by_place_.erase(known);
}

}  // namespace holdfast::http
