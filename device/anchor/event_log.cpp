#include "device/anchor/event_log.hpp"

#include <string_view>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "device/anchor/event_line.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr const char* kRemedy =
    "; 'holdfast events verify' tells what can be known, and 'holdfast events restart' begins a new log";

Json to_json(const Event& event, const EventHead& before) {
  return {{"sequence", event.sequence},
          {"time", format_rfc3339(event.time)},
          {"type", event.type},
          {"detail", event.detail},
          {"previous", to_hex(before.hash)}};
}

// The entry of a line that continues the chain behind `before`.
Result<Event> parse_next(std::string_view line, const EventHead& before) {
  const auto what = "event log, line " + std::to_string(before.count + 1);
  auto parsed = parse_event_line(line, what);
  if (!parsed.ok()) return Error(ErrorCode::malformed, parsed.error().message() + kRemedy);
  const auto& event = parsed->event;
  if (event.sequence != before.count + 1) {
    return Error(ErrorCode::malformed, what + " holds entry " + std::to_string(event.sequence) +
                                           ": entries were removed, added or reordered" + kRemedy);
  }
  if (parsed->previous != before.hash) {
    return Error(ErrorCode::malformed, what + " does not follow the line before: entries were edited" + kRemedy);
  }
  return std::move(parsed->event);
}

}  // namespace

Result<EventLog> EventLog::parse(ByteView text, const EventHead& authenticated) {
  EventLog log;
  auto rest = as_text(text);
  while (log.head_.count < authenticated.count) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) {
      return Error(ErrorCode::malformed, "event log, line " + std::to_string(log.head_.count + 1) +
                                             " is missing, though the anchor knows of " +
                                             std::to_string(authenticated.count) + " events: entries were removed" +
                                             kRemedy);
    }
    const std::string line(rest.substr(0, end));
    TRY_LET(auto event, parse_next(line, log.head_), "read event log");
    TRY(log.add_line(line, std::move(event)), "read event log");
    rest.remove_prefix(end + 1);
  }
  if (log.head_ != authenticated) {
    return Error(
        ErrorCode::malformed,
        std::string("the event log is not the one that the anchor authenticates: entries were edited") + kRemedy);
  }
  return log;
}

Result<void> EventLog::append(Timestamp time, const std::string& type, const std::string& detail) {
  Event event{head_.count + 1, time, type, printable(detail, kMaxEventDetail - kEllipsis.size())};
  TRY_LET(const auto line, canonical_json(to_json(event, head_)), "write event");
  // What could not be read again would be in the way of every later change.
  const auto read = parse_event_line(line, "the event to be written");
  if (!read.ok()) return Error(ErrorCode::internal, read.error().message());
  if (text_.size() + line.size() >= kMaxEventFileSize) {
    return Error(ErrorCode::refused,
                 "the event log is full (" + std::to_string(kMaxEventFileSize >> 20U) +
                     " MiB); 'holdfast events restart' keeps it under another name and begins a new one");
  }
  return add_line(line, std::move(event));
}

Result<void> EventLog::add_line(const std::string& line, Event event) {
  TRY_LET(head_.hash, hash_event_line(head_.hash, line), "hash event");
  ++head_.count;
  text_ += line + "\n";
  events_.push_back(std::move(event));
  return {};
}

}  // namespace holdfast::anchor
