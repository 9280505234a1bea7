// The hash-chained log of what happened to an anchor. Its head stands under the anchor file's MAC.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::anchor {

/// The largest log, in bytes.
inline constexpr std::size_t kMaxEventFileSize = std::size_t{64} << 20U;

struct Event {
  std::uint64_t sequence = 0;  ///< from 1
  Timestamp time;
  std::string type;    ///< for programs, for example "anchor-created"
  std::string detail;  ///< for people; no secrets
  bool operator==(const Event&) const = default;
};

/// Where a log ends: how many events, and the hash of the last line. All zeros where there is none.
struct EventHead {
  std::uint64_t count = 0;
  std::array<std::uint8_t, 32> hash{};
  bool operator==(const EventHead&) const = default;
};

/// Lines of canonical JSON, one an event, each with the hash of the line before:
/// hash = SHA-256(label("event") || LP(previous hash) || LP(line without newline)).
class EventLog {
 public:
  /// The log up to `authenticated`, the head that stands under the anchor's MAC. Whatever comes behind is an
  /// uncommitted tail (power failed while it was written), passed over here and cut by the next write.
  /// ErrorCode::malformed, naming the line, where events were edited, removed or reordered, or are missing.
  [[nodiscard]] static Result<EventLog> parse(ByteView text, const EventHead& authenticated);

  [[nodiscard]] Result<void> append(Timestamp time, const std::string& type, const std::string& detail);
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const EventHead& head() const { return head_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] Result<void> add_line(const std::string& line, Event event);

  std::vector<Event> events_;
  EventHead head_;
  std::string text_;
};

}  // namespace holdfast::anchor
