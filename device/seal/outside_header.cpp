#include "device/seal/outside_header.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "crypto/receiving_key.hpp"
#include "device/seal/lines.hpp"

namespace holdfast::seal {
namespace {

constexpr Format kFormat{.stem = "holdfast-outside-v",
                         .kind = "a file encrypted to a Holdfast device",
                         .made = "encrypted",
                         .other_stem = "holdfast-sealed-v",
                         .is_other =
                             "this file was sealed by a device and not encrypted to its public key; it opens "
                             "without '--from-outside', which is for files that prove no origin"};

void read_recipient(JsonReader& reader, OutsideHeader& header) {
  const auto kem = crypto::find_key_algorithm(reader.text("kem", 64));
  if (!kem || crypto::receiving_ciphertext_size(*kem) == 0) {
    reader.fail("kem", "is not one of: " + crypto::list_receiving_algorithms());
    return;
  }
  header.kem = *kem;
  const std::size_t size = crypto::receiving_ciphertext_size(*kem);
  header.ciphertext = reader.base64("ciphertext", size, size);
  const auto recipient = reader.hex("recipient", header.recipient.size());
  if (recipient.size() == header.recipient.size()) std::ranges::copy(recipient, header.recipient.begin());
}

Result<OutsideHeader> read_members(const Json& json, const std::string& subject) {
  OutsideHeader header;
  JsonReader reader(json, subject + ": header");
  read_recipient(reader, header);
  header.suite = read_suite(reader);
  header.salt = read_salt(reader);
  header.name = read_name(reader);
  header.media_type = read_media_type(reader);
  TRY(reader.finish(), "read header");
  return header;
}

Json to_json(const OutsideHeader& header) {
  Json json{{"kem", crypto::row_of(header.kem).name},
            {"recipient", to_hex(header.recipient)},
            {"ciphertext", to_base64(header.ciphertext)},
            {"suite", crypto::row_of(header.suite).name},
            {"salt", to_base64(header.salt)}};
  if (!header.name.empty()) json["name"] = header.name;
  if (!header.media_type.empty()) json["media_type"] = header.media_type;
  return json;
}

}  // namespace

Result<std::string> write_outside_header(const OutsideHeader& header) {
  auto line = canonical_json(to_json(header));
  if (!line.ok()) return Error(ErrorCode::usage, "the name and media type of an encrypted file must be UTF-8");
  if (const auto readable = parse_outside_header(*line, "cannot encrypt"); !readable.ok()) {
    return Error(ErrorCode::usage, readable.error().message());
  }
  return line;
}

Result<OutsideHeader> parse_outside_header(std::string_view line, const std::string& subject) {
  auto json = parse_header_json(line, subject);
  auto header = json.ok() ? read_members(*json, subject) : Result<OutsideHeader>(std::move(json).error());
  return header.ok() ? std::move(header) : showable(header.error());
}

std::string write_outside_preamble(std::string_view header_line, const Tag& tag) {
  std::string text(kOutsideMagicLine);
  text += header_line;
  text += '\n' + to_hex(tag) + '\n';
  return text;
}

Result<OutsidePreamble> parse_outside_preamble(ByteView bytes, const std::string& subject) {
  const auto text = as_text(bytes.first(std::min(bytes.size(), kMaxPreambleSize)));
  TRY_LET(const auto span, find_header(text, kFormat, subject), "find header");
  OutsidePreamble preamble;
  preamble.header_line = text.substr(span.begin, span.end - span.begin);
  TRY_LET(preamble.header, parse_outside_header(preamble.header_line, subject), "read header");
  if (text.size() < span.end + 1 + kOutsideTagLineSize) return truncated(subject);
  const auto line = text.substr(span.end + 1, kOutsideTagLineSize);
  if (line.back() != '\n') return malformed(subject, "the line of tags was altered");
  TRY_LET(preamble.tag, parse_tag(line.substr(0, 2 * kTagSize), subject), "read tag");
  preamble.size = span.end + 1 + kOutsideTagLineSize;
  return preamble;
}

Result<OutsideHeader> peek_outside_header(int fd, const std::string& name_for_errors) {
  TRY_LET(const auto bytes, peek_preamble(fd, name_for_errors), "read beginning");
  TRY_LET(auto preamble, parse_outside_preamble(bytes, "'" + printable(name_for_errors) + "'"), "read preamble");
  return std::move(preamble.header);
}

}  // namespace holdfast::seal
