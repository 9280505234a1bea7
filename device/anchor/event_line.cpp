#include "device/anchor/event_line.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"

namespace holdfast::anchor {
Result<EventLine> parse_event_line(std::string_view line, const std::string& what) {
  TRY_LET(const auto json, parse_canonical_json(line, what), "parse event");
  JsonReader reader(json, what);
  EventLine parsed;
  auto& event = parsed.event;
  event.sequence = reader.number("sequence", 1, UINT64_MAX);
  event.type = reader.text("type", 64);
  event.detail = reader.text("detail", kMaxEventDetail);
  const auto time = parse_rfc3339(reader.text("time", 20));
  const auto previous = reader.hex("previous", parsed.previous.size());
  if (!time.ok() || format_rfc3339(*time) != json.value("time", "")) reader.fail("time", "is not a time in UTC");
  TRY(reader.finish(), "check event");
  event.time = *time;
  std::ranges::copy(previous, parsed.previous.begin());
  return parsed;
}

Result<EventHash> hash_event_line(const EventHash& previous, std::string_view line) {
  Bytes message = crypto::label("event");
  append_lp(message, previous);
  append_lp(message, as_bytes(line));
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {message}), "hash event");
  EventHash hash{};
  std::ranges::copy(digest, hash.begin());
  return hash;
}

}  // namespace holdfast::anchor
