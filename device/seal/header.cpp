#include "device/seal/header.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "device/seal/lines.hpp"

namespace holdfast::seal {
namespace {

constexpr Format kFormat{
    .stem = "holdfast-sealed-v",
    .kind = "a file sealed by Holdfast",
    .made = "sealed",
    .other_stem = "holdfast-outside-v",
    .is_other =
        "this file was encrypted to a device's public key and not sealed by a device, so it proves no origin; "
        "'--from-outside' opens it"};
constexpr std::size_t kMinPassphraseSalt = 16;
constexpr std::size_t kMaxPassphraseSalt = 32;

Result<void> parse_passphrase(JsonReader& reader, const std::string& subject, Header& header) {
  if (!reader.has("passphrase")) return {};
  JsonReader members(reader.object("passphrase"), subject + ": header: \"passphrase\"");
  const auto cost = [&](const char* name) { return static_cast<std::uint32_t>(members.number(name, 1, UINT32_MAX)); };
  PassphraseParams params;
  if (members.has("iterations")) {
    params.costs = crypto::Pbkdf2Params{.iterations = cost("iterations")};
  } else {
    params.costs =
        crypto::Argon2Params{.memory_kib = cost("memory_kib"), .passes = cost("passes"), .lanes = cost("lanes")};
  }
  params.salt = members.base64("salt", kMinPassphraseSalt, kMaxPassphraseSalt);
  TRY(members.finish(), "read passphrase parameters");
  const auto bounds = std::visit([](const auto& costs) { return crypto::check_bounds(costs); }, params.costs);
  if (!bounds.ok()) {
    return malformed(subject, "header: " + bounds.error().message());
  }
  header.passphrase = std::move(params);
  return {};
}

void parse_anchor(JsonReader& reader, Header& header) {
  const auto anchor = reader.hex("anchor", header.anchor.bytes.size());
  if (anchor.size() == header.anchor.bytes.size()) std::ranges::copy(anchor, header.anchor.bytes.begin());
  header.epoch.number = static_cast<std::uint32_t>(reader.number("epoch", anchor::kStatelessEpoch.number, UINT32_MAX));
}

void parse_expiry(JsonReader& reader, Header& header) {
  if (!reader.has("expires")) return;
  const auto written = reader.text("expires", 32);
  const auto moment = parse_rfc3339(written);
  if (moment.ok() && format_rfc3339(*moment) == written) {
    header.expires = *moment;
  } else {
    reader.fail("expires", "must be a time in UTC with whole seconds, such as 2026-12-31T23:59:59Z");
  }
}

Result<Header> read_members(const Json& json, const std::string& subject) {
  Header header;
  JsonReader reader(json, subject + ": header");
  parse_anchor(reader, header);
  header.suite = read_suite(reader);
  header.salt = read_salt(reader);
  header.name = read_name(reader);
  parse_expiry(reader, header);
  header.media_type = read_media_type(reader);
  TRY(parse_passphrase(reader, subject, header), "read passphrase parameters");
  TRY(reader.finish(), "read header");
  return header;
}

Result<void> parse_tag_line(std::string_view line, const std::string& subject, Preamble& preamble) {
  if (line[2 * kTagSize] != ' ' || line.back() != '\n') return malformed(subject, "the line of tags was altered");
  TRY_LET(preamble.device_tag, parse_tag(line.substr(0, 2 * kTagSize), subject), "read device tag");
  TRY_LET(preamble.open_tag, parse_tag(line.substr(2 * kTagSize + 1, 2 * kTagSize), subject), "read open tag");
  return {};
}

Json to_json(const PassphraseParams& params) {
  const auto salt = to_base64(params.salt);
  if (const auto* const argon2 = std::get_if<crypto::Argon2Params>(&params.costs)) {
    return {{"memory_kib", argon2->memory_kib}, {"passes", argon2->passes}, {"lanes", argon2->lanes}, {"salt", salt}};
  }
  return {{"iterations", std::get<crypto::Pbkdf2Params>(params.costs).iterations}, {"salt", salt}};
}

Json to_json(const Header& header) {
  Json json{{"anchor", header.anchor.hex()},
            {"epoch", header.epoch.number},
            {"suite", crypto::row_of(header.suite).name},
            {"salt", to_base64(header.salt)}};
  if (header.passphrase) {
    json["passphrase"] = to_json(*header.passphrase);
  }
  if (!header.name.empty()) json["name"] = header.name;
  if (header.expires) json["expires"] = format_rfc3339(*header.expires);
  if (!header.media_type.empty()) json["media_type"] = header.media_type;
  return json;
}

}  // namespace

Result<std::string> write_header(const Header& header) {
  auto line = canonical_json(to_json(header));
  if (!line.ok()) return Error(ErrorCode::usage, "the name and media type of a sealed file must be UTF-8");
  if (const auto readable = parse_header(*line, "cannot seal"); !readable.ok()) {
    return Error(ErrorCode::usage, readable.error().message());
  }
  return line;
}

Result<Header> parse_header(std::string_view line, const std::string& subject) {
  auto json = parse_header_json(line, subject);
  auto header = json.ok() ? read_members(*json, subject) : Result<Header>(std::move(json).error());
  return header.ok() ? std::move(header) : showable(header.error());
}

std::string write_preamble(std::string_view header_line, const Tag& device_tag, const Tag& open_tag) {
  std::string text(kMagicLine);
  text += header_line;
  text += '\n' + to_hex(device_tag) + ' ' + to_hex(open_tag) + '\n';
  return text;
}

Result<Preamble> parse_preamble(ByteView bytes, const std::string& subject) {
  const auto text = as_text(bytes.first(std::min(bytes.size(), kMaxPreambleSize)));
  TRY_LET(const auto span, find_header(text, kFormat, subject), "find header");
  Preamble preamble;
  preamble.header_line = text.substr(span.begin, span.end - span.begin);
  TRY_LET(preamble.header, parse_header(preamble.header_line, subject), "read header");
  if (text.size() < span.end + 1 + kTagLineSize) return truncated(subject);
  TRY(parse_tag_line(text.substr(span.end + 1, kTagLineSize), subject, preamble), "read tags");
  preamble.size = span.end + 1 + kTagLineSize;
  return preamble;
}

bool preamble_is_complete(ByteView bytes) {
  return bytes.size() >= kMaxPreambleSize || std::ranges::count(bytes, std::uint8_t{'\n'}) >= 3;
}

Result<Header> peek_header(int fd, const std::string& name_for_errors) {
  TRY_LET(const auto bytes, peek_preamble(fd, name_for_errors), "read beginning");
  TRY_LET(auto preamble, parse_preamble(bytes, "'" + printable(name_for_errors) + "'"), "read preamble");
  return std::move(preamble.header);
}

}  // namespace holdfast::seal
