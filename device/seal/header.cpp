#include "device/seal/header.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

namespace holdfast::seal {
namespace {

constexpr std::string_view kMagicStem = "holdfast-sealed-v";
constexpr std::size_t kMaxVersionDigits = 9;
constexpr std::size_t kMaxNameSize = 1024;
constexpr std::size_t kMaxMediaTypeSize = 255;
constexpr std::size_t kMinPassphraseSalt = 16;
constexpr std::size_t kMaxPassphraseSalt = 32;

Error malformed(const std::string& subject, const std::string& why) {
  return {ErrorCode::malformed, subject + ": " + why};
}

Error truncated(const std::string& subject) { return malformed(subject, "truncated: it ends within its header"); }

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_media_type(std::string_view text) {
  const bool visible = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
  const auto slash = text.find('/');
  return visible && slash != std::string_view::npos && slash > 0 && slash + 1 < text.size();
}

Result<void> parse_passphrase(JsonReader& reader, const std::string& subject, Header& header) {
  if (!reader.has("passphrase")) return {};
  JsonReader members(reader.object("passphrase"), subject + ": header: \"passphrase\"");
  const auto cost = [&](const char* name) { return static_cast<std::uint32_t>(members.number(name, 1, UINT32_MAX)); };
  PassphraseParams params;
  params.costs = {.memory_kib = cost("memory_kib"), .passes = cost("passes"), .lanes = cost("lanes")};
  params.salt = members.base64("salt", kMinPassphraseSalt, kMaxPassphraseSalt);
  TRY(members.finish(), "read passphrase parameters");
  if (const auto bounds = crypto::check_bounds(params.costs); !bounds.ok()) {
    return malformed(subject, "header: " + bounds.error().message());
  }
  header.passphrase = std::move(params);
  return {};
}

void parse_anchor(JsonReader& reader, Header& header) {
  const auto anchor = reader.hex("anchor", header.anchor.bytes.size());
  if (anchor.size() == header.anchor.bytes.size()) std::ranges::copy(anchor, header.anchor.bytes.begin());
  header.epoch.number = static_cast<std::uint32_t>(reader.number("epoch", 1, UINT32_MAX));
}

void parse_algorithm(JsonReader& reader, Header& header) {
  if (const auto suite = crypto::find_aead_suite(reader.text("suite", 64))) {
    header.suite = *suite;
  } else {
    reader.fail("suite", "is not one of: " + crypto::list_aead_suites());
  }
  const auto salt = reader.base64("salt", kSaltSize, kSaltSize);
  if (salt.size() == kSaltSize) std::ranges::copy(salt, header.salt.begin());
}

// Members that are absent rather than empty, so that one header has one spelling.
void parse_optional_members(JsonReader& reader, Header& header) {
  if (reader.has("name")) {
    header.name = reader.text("name", kMaxNameSize);
    if (header.name.empty() || has_control_characters(header.name)) {
      reader.fail("name", "must not be empty and has no control characters");
    }
  }
  if (reader.has("expires")) {
    const auto written = reader.text("expires", 32);
    const auto moment = parse_rfc3339(written);
    if (moment.ok() && format_rfc3339(*moment) == written) {
      header.expires = *moment;
    } else {
      reader.fail("expires", "must be a time in UTC with whole seconds, such as 2026-12-31T23:59:59Z");
    }
  }
  if (reader.has("media_type")) {
    header.media_type = reader.text("media_type", kMaxMediaTypeSize);
    if (!is_media_type(header.media_type)) reader.fail("media_type", "must be a media type, such as text/plain");
  }
}

Result<Header> read_members(const Json& json, const std::string& subject) {
  Header header;
  JsonReader reader(json, subject + ": header");
  parse_anchor(reader, header);
  parse_algorithm(reader, header);
  parse_optional_members(reader, header);
  TRY(parse_passphrase(reader, subject, header), "read passphrase parameters");
  TRY(reader.finish(), "read header");
  return header;
}

Result<std::size_t> parse_magic(std::string_view text, const std::string& subject) {
  if (text.empty()) return malformed(subject, "truncated: it is empty");
  const auto stem = text.substr(0, kMagicStem.size());
  if (stem != kMagicStem.substr(0, stem.size())) return malformed(subject, "this is not a file sealed by Holdfast");
  std::size_t end = kMagicStem.size();
  while (end < text.size() && end - kMagicStem.size() < kMaxVersionDigits && text[end] >= '0' && text[end] <= '9')
    ++end;
  const auto version = text.substr(std::min(kMagicStem.size(), text.size())).substr(0, end - kMagicStem.size());
  if (version.starts_with('0')) return malformed(subject, "this is not a file sealed by Holdfast");
  if (end >= text.size()) return truncated(subject);
  if (text[end] != '\n' || version.empty()) return malformed(subject, "this is not a file sealed by Holdfast");
  if (version != "1") {
    return malformed(subject, "sealed in version " + std::string(version) +
                                  " of the format; this program reads version 1: use a newer Holdfast");
  }
  return end + 1;
}

Result<Tag> parse_tag(std::string_view digits, const std::string& subject) {
  auto bytes = parse_hex(digits);
  // Upper case would be a second spelling of the same file.
  if (!bytes.ok() || bytes->size() != kTagSize || to_hex(*bytes) != digits) {
    return malformed(subject, "the line of tags was altered");
  }
  Tag tag{};
  std::ranges::copy(*bytes, tag.begin());
  return tag;
}

Result<void> parse_tag_line(std::string_view line, const std::string& subject, Preamble& preamble) {
  if (line[2 * kTagSize] != ' ' || line.back() != '\n') return malformed(subject, "the line of tags was altered");
  TRY_LET(preamble.device_tag, parse_tag(line.substr(0, 2 * kTagSize), subject), "read device tag");
  TRY_LET(preamble.open_tag, parse_tag(line.substr(2 * kTagSize + 1, 2 * kTagSize), subject), "read open tag");
  return {};
}

Json to_json(const Header& header) {
  Json json{{"anchor", header.anchor.hex()},
            {"epoch", header.epoch.number},
            {"suite", crypto::row_of(header.suite).name},
            {"salt", to_base64(header.salt)}};
  if (header.passphrase) {
    json["passphrase"] = {{"memory_kib", header.passphrase->costs.memory_kib},
                          {"passes", header.passphrase->costs.passes},
                          {"lanes", header.passphrase->costs.lanes},
                          {"salt", to_base64(header.passphrase->salt)}};
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
  if (line.size() > kMaxHeaderSize) {
    return malformed(subject, "the header is larger than " + std::to_string(kMaxHeaderSize) + " bytes");
  }
  auto json = parse_canonical_json(line, subject + ": header");
  auto header = json.ok() ? read_members(*json, subject) : Result<Header>(std::move(json).error());
  if (header.ok()) return header;
  // Messages about JSON quote the file, which may hold anything, also what a terminal would obey.
  return Error(header.error().code(), printable(header.error().message(), 600));
}

std::string write_preamble(std::string_view header_line, const Tag& device_tag, const Tag& open_tag) {
  std::string text(kMagicLine);
  text += header_line;
  text += '\n' + to_hex(device_tag) + ' ' + to_hex(open_tag) + '\n';
  return text;
}

Result<Preamble> parse_preamble(ByteView bytes, const std::string& subject) {
  const auto text = as_text(bytes.first(std::min(bytes.size(), kMaxPreambleSize)));
  TRY_LET(const std::size_t begin, parse_magic(text, subject), "read magic");
  const auto end = text.substr(0, begin + kMaxHeaderSize + 1).find('\n', begin);
  if (end == std::string_view::npos) {
    if (text.size() <= begin + kMaxHeaderSize) return truncated(subject);
    return malformed(subject, "the header is larger than " + std::to_string(kMaxHeaderSize) + " bytes");
  }
  Preamble preamble;
  preamble.header_line = text.substr(begin, end - begin);
  TRY_LET(preamble.header, parse_header(preamble.header_line, subject), "read header");
  if (text.size() < end + 1 + kTagLineSize) return truncated(subject);
  TRY(parse_tag_line(text.substr(end + 1, kTagLineSize), subject, preamble), "read tags");
  preamble.size = end + 1 + kTagLineSize;
  return preamble;
}

bool preamble_is_complete(ByteView bytes) {
  return bytes.size() >= kMaxPreambleSize || std::ranges::count(bytes, std::uint8_t{'\n'}) >= 3;
}

Result<Header> peek_header(int fd, const std::string& name_for_errors) {
  Bytes bytes(kMaxPreambleSize);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", name_for_errors, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  TRY_LET(auto preamble, parse_preamble(ByteView(bytes).first(filled), "'" + printable(name_for_errors) + "'"),
          "read preamble");
  return std::move(preamble.header);
}

}  // namespace holdfast::seal
