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

struct Event {
  std::uint64_t sequence = 0;  ///< from 1
  Timestamp time;
  std::string type;    ///< for programs, for example "anchor-created"
  std::string detail;  ///< for people; no secrets
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
  /// ErrorCode::malformed names the line. An unfinished last line (power failed while it was written) is
  /// passed over: it was never under the MAC.
  [[nodiscard]] static Result<EventLog> parse(ByteView text);

  [[nodiscard]] Result<void> append(Timestamp time, const std::string& type, const std::string& detail);
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const EventHead& head() const { return heads_.empty() ? kNone : heads_.back(); }
  [[nodiscard]] const std::string& text() const { return text_; }

  /// Whether the log, up to `authenticated`, is the one that head stands for. Entries past it are an
  /// uncommitted tail, which `cut_to` removes. ErrorCode::malformed where events were edited or are missing.
  [[nodiscard]] Result<void> cut_to(const EventHead& authenticated);

 private:
  [[nodiscard]] Result<void> add_line(const std::string& line, Event event);

  static inline const EventHead kNone{};
  std::vector<Event> events_;
  std::vector<EventHead> heads_;  // after each event
  std::vector<std::size_t> ends_; // offset behind each line
  std::string text_;
};

}  // namespace holdfast::anchor
