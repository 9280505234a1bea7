#include "device/anchor/event_log.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::size_t kMaxDetail = 4096;

Json to_json(const Event& event, const EventHead& before) {
  return {{"sequence", event.sequence},
          {"time", format_rfc3339(event.time)},
          {"type", event.type},
          {"detail", event.detail},
          {"previous", to_hex(before.hash)}};
}

Result<Event> parse_event(const std::string& line, const EventHead& before, const std::string& what) {
  TRY_LET(const auto json, parse_canonical_json(line, what), "parse event");
  JsonReader reader(json, what);
  Event event;
  event.sequence = reader.number("sequence", 1, UINT64_MAX);
  event.type = reader.text("type", 64);
  event.detail = reader.text("detail", kMaxDetail);
  const auto time = parse_rfc3339(reader.text("time", 20));
  const auto previous = reader.hex("previous", before.hash.size());
  if (!time.ok() || (time.ok() && format_rfc3339(*time) != json.value("time", "")))
    reader.fail("time", "is not a time in UTC");
  if (event.sequence != before.count + 1) reader.fail("sequence", "does not follow the line before");
  if (!std::ranges::equal(previous, before.hash)) reader.fail("previous", "is not the hash of the line before");
  TRY(reader.finish(), "check event");
  event.time = *time;
  return event;
}

}  // namespace

Result<EventLog> EventLog::parse(ByteView text, const EventHead& authenticated) {
  EventLog log;
  auto rest = as_text(text);
  while (log.head_.count < authenticated.count) {
    const auto what = "event log, line " + std::to_string(log.head_.count + 1);
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) {
      return Error(ErrorCode::malformed, what + " is missing, though the anchor knows of " +
                                             std::to_string(authenticated.count) + " events: entries were removed");
    }
    const std::string line(rest.substr(0, end));
    TRY_LET(auto event, parse_event(line, log.head_, what), "read event log");
    TRY(log.add_line(line, std::move(event)), "read event log");
    rest.remove_prefix(end + 1);
  }
  if (log.head_ != authenticated) {
    return Error(ErrorCode::malformed,
                 "the event log is not the one that the anchor authenticates: entries were edited");
  }
  return log;
}

Result<void> EventLog::append(Timestamp time, const std::string& type, const std::string& detail) {
  Event event{head_.count + 1, time, type, detail};
  TRY_LET(const auto line, canonical_json(to_json(event, head_)), "write event");
  return add_line(line, std::move(event));
}

Result<void> EventLog::add_line(const std::string& line, Event event) {
  Bytes message = crypto::label("event");
  append_lp(message, head_.hash);
  append_lp(message, as_bytes(line));
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {message}), "hash event");
  std::ranges::copy(digest, head_.hash.begin());
  ++head_.count;
  text_ += line + "\n";
  events_.push_back(std::move(event));
  return {};
}

}  // namespace holdfast::anchor
