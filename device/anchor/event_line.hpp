// Internal to this folder: one line of the event log, by itself.
#pragma once

#include "device/anchor/event_log.hpp"

#include <string>
#include <string_view>

namespace holdfast::anchor {

using EventHash = std::array<std::uint8_t, 32>;

/// The longest detail of an event, in bytes.
inline constexpr std::size_t kMaxEventDetail = 4096;

/// What a line says. Whether it stands where it belongs is for the caller to check.
struct EventLine {
  Event event;
  EventHash previous{};  ///< the hash of the line before, as this one claims
};

/// Parses a line without its newline. ErrorCode::malformed, beginning with `what`.
[[nodiscard]] Result<EventLine> parse_event_line(std::string_view line, const std::string& what);

/// SHA-256(label("event") || LP(previous) || LP(line)).
[[nodiscard]] Result<EventHash> hash_event_line(const EventHash& previous, std::string_view line);

}  // namespace holdfast::anchor
