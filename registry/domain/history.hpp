// What the log says about an identity.
#pragma once

#include "registry/domain/events.hpp"

#include <map>
#include <span>
#include <string>

namespace holdfast::domain {

/// An identity as it was at a time: the newest value of everything that its events say, and when that was said.
struct Picture {
  std::map<std::string, std::string> facts;
  std::size_t events = 0;  ///< of which it is made
  std::optional<Timestamp> last;
};

/// Of all events of one identity, in the order of the log; those after `at` do not count.
[[nodiscard]] Picture picture_at(std::span<const Event> events, Timestamp at);

}  // namespace holdfast::domain
