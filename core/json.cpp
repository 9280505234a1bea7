#include "core/json.hpp"

#include <algorithm>
#include <set>

#include "core/encoding.hpp"
#include "core/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kMaxDepth = 32;

std::string place_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last_break = before.rfind('\n');
  const auto column = last_break == std::string_view::npos ? before.size() : before.size() - last_break - 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(std::max<std::size_t>(column, 1));
}

// nlohmann's parser keeps the last of two members with one name; a format must not have two readings.
class StrictBuilder : public nlohmann::detail::json_sax_dom_parser<Json> {
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;

 public:
  explicit StrictBuilder(Json& into) : Base(into, false) {}

  bool start_object(std::size_t elements) {
    members_.emplace_back();
    return deeper() && Base::start_object(elements);
  }
  bool end_object() {
    members_.pop_back();
    --depth_;
    return Base::end_object();
  }
  bool start_array(std::size_t elements) { return deeper() && Base::start_array(elements); }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  bool key(std::string& name) {
    if (!members_.back().insert(name).second) {
      problem = "the member \"" + printable(name, 64) + "\" appears twice";
      return false;
    }
    return Base::key(name);
  }
  template <typename Exception>
  bool parse_error(std::size_t position, const std::string& last_token, const Exception&) {
    offset = position;
    // The token may be anything; only its size is bounded here, and it comes from a file that is not secret.
    problem = last_token.empty() ? "unexpected end" : "unexpected '" + printable(last_token, 24) + "'";
    return false;
  }

  std::string problem;
  std::size_t offset = 0;

 private:
  bool deeper() {
    if (++depth_ <= kMaxDepth) return true;
    problem = "nested more than 32 levels deep";
    return false;
  }

  std::size_t depth_ = 0;
  std::vector<std::set<std::string>> members_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& what) {
  Json value;
  StrictBuilder builder(value);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    const auto place = builder.offset > 0 ? " at " + place_of(text, builder.offset) : "";
    return Error(ErrorCode::malformed, what + " is not valid JSON" + place + ": " + builder.problem);
  }
  return value;
}

Result<std::string> canonical_json(const Json& value) {
  try {
    return value.dump();
  } catch (const Json::exception&) {
    return Error(ErrorCode::malformed, "text is not valid UTF-8");
  }
}

Result<Json> parse_canonical_json(std::string_view text, const std::string& what) {
  TRY_LET(auto value, parse_json(text, what), "parse");
  TRY_LET(const auto canonical, canonical_json(value), "write in canonical form");
  if (canonical != text) return Error(ErrorCode::malformed, what + " is not in canonical form");
  return value;
}

JsonReader::JsonReader(const Json& object, std::string what) : object_(object), what_(std::move(what)) {
  if (!object_.is_object()) failure_ = what_ + " is not a JSON object";
}

const Json* JsonReader::find(const std::string& name, bool required) {
  taken_.push_back(name);
  if (!object_.is_object()) return nullptr;
  const auto member = object_.find(name);
  if (member != object_.end()) return &*member;
  if (required) fail(name, "is missing");
  return nullptr;
}

void JsonReader::fail(const std::string& member, const std::string& why) {
  if (failure_.empty()) failure_ = what_ + ": \"" + member + "\" " + why;
}

std::string JsonReader::text(const std::string& name, std::size_t max_size) {
  const Json* member = find(name, true);
  if (member == nullptr) return {};
  if (!member->is_string() || member->get_ref<const std::string&>().size() > max_size) {
    fail(name, "must be text of at most " + std::to_string(max_size) + " bytes");
    return {};
  }
  return member->get<std::string>();
}

std::string JsonReader::optional_text(const std::string& name, std::size_t max_size) {
  if (!has(name)) {
    taken_.push_back(name);
    return {};
  }
  return text(name, max_size);
}

std::uint64_t JsonReader::number(const std::string& name, std::uint64_t min, std::uint64_t max) {
  const Json* member = find(name, true);
  if (member == nullptr) return min;
  if (!member->is_number_unsigned() || member->get<std::uint64_t>() < min || member->get<std::uint64_t>() > max) {
    fail(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  return member->get<std::uint64_t>();
}

bool JsonReader::boolean(const std::string& name) {
  const Json* member = find(name, true);
  if (member == nullptr) return false;
  if (!member->is_boolean()) {
    fail(name, "must be true or false");
    return false;
  }
  return member->get<bool>();
}

std::vector<std::uint8_t> JsonReader::base64(const std::string& name, std::size_t min, std::size_t max) {
  const auto encoded = text(name, (max + 2) / 3 * 4);
  auto bytes = parse_base64(encoded);
  if (!bytes.ok() || bytes->size() < min || bytes->size() > max) {
    fail(name, "must be base64 of " + std::to_string(min) + " to " + std::to_string(max) + " bytes");
    return {};
  }
  return std::move(bytes).value();
}

std::vector<std::uint8_t> JsonReader::hex(const std::string& name, std::size_t size) {
  const auto encoded = text(name, size * 2);
  auto bytes = parse_hex(encoded);
  // One spelling only: to_hex writes lower case.
  if (!bytes.ok() || bytes->size() != size || to_hex(*bytes) != encoded) {
    fail(name, "must be " + std::to_string(size * 2) + " lower-case hexadecimal digits");
    return {};
  }
  return std::move(bytes).value();
}

const Json& JsonReader::array(const std::string& name, std::size_t max_elements) {
  static const Json kEmpty = Json::array();
  const Json* member = find(name, true);
  if (member == nullptr) return kEmpty;
  if (!member->is_array() || member->size() > max_elements) {
    fail(name, "must be an array of at most " + std::to_string(max_elements) + " elements");
    return kEmpty;
  }
  return *member;
}

const Json& JsonReader::object(const std::string& name) {
  static const Json kEmpty = Json::object();
  const Json* member = find(name, true);
  if (member == nullptr) return kEmpty;
  if (!member->is_object()) {
    fail(name, "must be an object");
    return kEmpty;
  }
  return *member;
}

bool JsonReader::has(const std::string& name) const { return object_.is_object() && object_.contains(name); }

Result<void> JsonReader::finish() {
  if (failure_.empty()) {
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(taken_, name) == taken_.end()) fail(printable(name, 64), "is not known here");
    }
  }
  if (!failure_.empty()) return Error(ErrorCode::malformed, failure_);
  return {};
}

}  // namespace holdfast
