#include "registry/domain/history.hpp"

namespace holdfast::domain {

Picture picture_at(std::span<const Event> events, Timestamp at) {
  Picture picture;
  for (const Event& event : events) {
    if (event.at > at) continue;
    for (const auto& [name, value] : event.details) picture.facts[name] = value;
    picture.last = event.at;
    ++picture.events;
  }
  return picture;
}

}  // namespace holdfast::domain
