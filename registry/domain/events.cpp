#include "registry/domain/events.hpp"

#include "core/json.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kMaxName = 200;

std::map<std::string, std::string> read_details(JsonReader& reader) {
  std::map<std::string, std::string> details;
  for (const auto& [name, value] : reader.object("details").items()) {
    if (!value.is_string()) {
      reader.fail("details", "has values that are no text");
      return {};
    }
    details.emplace(name, value.get<std::string>());
  }
  return details;
}

std::optional<IdentityId> read_identity(JsonReader& reader) {
  const std::string text = reader.optional_text("identity", kMaxName);
  if (text.empty()) return std::nullopt;
  auto id = IdentityId::parse(text);
  if (id.ok()) return *std::move(id);
  reader.fail("identity", "is no identity's id");
  return std::nullopt;
}

Timestamp read_time(JsonReader& reader) {
  const auto time = parse_rfc3339(reader.text("at", kMaxName));
  if (time.ok()) return *time;
  reader.fail("at", "is no time");
  return {};
}

}  // namespace

Result<std::string> to_json(const Event& event) {
  Json json{{"at", format_rfc3339(event.at)},
            {"actor", event.actor},
            {"type", event.type},
            {"details", Json(Json::value_t::object)}};
  if (event.identity) json["identity"] = event.identity->text();
  for (const auto& [name, value] : event.details) json["details"][name] = value;
  TRY_LET(std::string text, canonical_json(json), "write event");
  if (text.size() > kMaxEventSize) {
    return Error(ErrorCode::usage, "what is to be recorded has " + std::to_string(text.size()) +
                                       " bytes, and an entry of the log at most " + std::to_string(kMaxEventSize));
  }
  return text;
}

Result<Event> parse_event(std::string_view json) {
  TRY_LET(const Json value, parse_canonical_json(json, "the log entry"), "read log entry");
  JsonReader reader(value, "the log entry");
  Event event;
  event.at = read_time(reader);
  event.actor = reader.text("actor", kMaxName);
  event.type = reader.text("type", kMaxName);
  event.identity = read_identity(reader);
  event.details = read_details(reader);
  TRY(reader.finish(), "read log entry");
  return event;
}

}  // namespace holdfast::domain
