// Looking through an event log for what was done to it.
#pragma once

#include "device/anchor/event_log.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::anchor {

/// What happened to an entry.
enum class EventProblemKind { edited, removed, reordered, added, truncated };

[[nodiscard]] std::string_view name_of(EventProblemKind kind);

struct EventProblem {
  EventProblemKind kind = EventProblemKind::edited;
  std::uint64_t line = 0;  ///< of the file, from 1, where it shows; 0 where it is the end that shows it
  std::string what;        ///< a sentence for people, without a full stop
};

/// What is left of a log, and what is wrong with it.
struct EventCheck {
  std::uint64_t committed = 0;         ///< how many entries the anchor vouches for
  std::vector<EventProblem> problems;  ///< by line; none where the log is whole
  /// Entries from this one on are what the anchor vouches for, wherever they stand. 0 where none is. Of earlier ones
  /// nothing can be known: what vouched for them is gone.
  std::uint64_t vouched_from = 0;
  /// Lines behind the last committed entry: a write that was cut short. Harmless; the next write removes them.
  std::uint64_t uncommitted_lines = 0;

  [[nodiscard]] bool whole() const { return problems.empty(); }
};

/// Holds a log against its head. Each entry names the hash of the one before it, so that the head vouches for the
/// last entry, that one for the one before, and so on down to the first that was edited or removed. Without problems
/// exactly where EventLog::parse accepts the same text. Fails only where hashing does. Pure.
[[nodiscard]] Result<EventCheck> check_event_log(ByteView text, const EventHead& authenticated);

}  // namespace holdfast::anchor
