#include "device/keys/record_reader.hpp"

#include <charconv>

namespace holdfast::keys {

bool RecordReader::skip(std::string_view literal) {
  if (!rest_.starts_with(literal)) return false;
  rest_.remove_prefix(literal.size());
  return true;
}

void RecordReader::begin(std::string_view member) {
  const bool found = skip(first_ ? "{\"" : ",\"") && skip(member) && skip("\":");
  first_ = false;
  if (!found) fail(member, "is missing or in the wrong place");
}

std::string_view RecordReader::quoted(std::string_view member) {
  const bool opened = skip("\"");
  const auto end = rest_.find('"');
  if (!opened || end == std::string_view::npos) {
    fail(member, "must be text");
    return {};
  }
  const auto content = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return content;
}

std::string_view RecordReader::text(std::string_view member) {
  begin(member);
  return quoted(member);
}

std::uint32_t RecordReader::number(std::string_view member) {
  begin(member);
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (problem != std::errc() || rest_.starts_with('0')) {
    fail(member, "must be a whole number from 1 to 4294967295");
    return 0;
  }
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return value;
}

std::vector<std::string_view> RecordReader::texts(std::string_view member) {
  begin(member);
  std::vector<std::string_view> values;
  if (skip("[")) {
    do {
      values.push_back(quoted(member));
    } while (failure_.empty() && skip(","));
  }
  if (values.empty() || !skip("]")) fail(member, "must be a list of texts");
  return values;
}

void RecordReader::fail(std::string_view member, const std::string& why) {
  if (failure_.empty()) failure_ = "the key record: \"" + std::string(member) + "\" " + why;
}

Result<void> RecordReader::finish() {
  if (failure_.empty() && rest_ != "}") failure_ = "the key record does not end where it should";
  if (!failure_.empty()) return Error(ErrorCode::malformed, failure_);
  return {};
}

}  // namespace holdfast::keys
