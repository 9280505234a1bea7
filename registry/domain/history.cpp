#include "registry/domain/history.hpp"

namespace holdfast::domain {

Picture picture_at(std::span<const Event> events, Timestamp at) {
  Picture picture;
  for (const Event& event : events) {
    if (event.at > at) continue;
    // What was refused tells of whoever asked, not of the identity.
    if (!event.type.ends_with(".refused")) {
      for (const auto& [name, value] : event.details) picture.facts[name] = value;
    }
    picture.last = event.at;
    ++picture.events;
  }
  return picture;
}

}  // namespace holdfast::domain
