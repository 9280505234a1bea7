#include "device/seal/lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::seal {
namespace {

constexpr std::size_t kMaxVersionDigits = 9;
constexpr std::size_t kMaxNameSize = 1024;
constexpr std::size_t kMaxMediaTypeSize = 255;

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_media_type(std::string_view text) {
  const bool visible = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
  const auto slash = text.find('/');
  return visible && slash != std::string_view::npos && slash > 0 && slash + 1 < text.size();
}

Error too_large(const std::string& subject) {
  return malformed(subject, "the header is larger than " + std::to_string(kMaxHeaderSize) + " bytes");
}

/// Line 1; returns where line 2 begins.
Result<std::size_t> parse_magic(std::string_view text, const Format& format, const std::string& subject) {
  if (text.empty()) return malformed(subject, "truncated: it is empty");
  if (text.starts_with(format.other_stem)) {
    return Error(ErrorCode::refused, subject + ": " + std::string(format.is_other));
  }
  const auto is_something_else = [&] { return malformed(subject, "this is not " + std::string(format.kind)); };
  const auto stem = text.substr(0, format.stem.size());
  if (stem != format.stem.substr(0, stem.size())) return is_something_else();
  std::size_t end = format.stem.size();
  while (end < text.size() && end - format.stem.size() < kMaxVersionDigits && text[end] >= '0' && text[end] <= '9')
    ++end;
  const auto version = text.substr(stem.size()).substr(0, end - format.stem.size());
  if (version.starts_with('0')) return is_something_else();
  if (end >= text.size()) return truncated(subject);
  if (text[end] != '\n' || version.empty()) return is_something_else();
  if (version != "1") {
    return malformed(subject, std::string(format.made) + " in version " + std::string(version) +
                                  " of the format; this program reads version 1: use a newer Holdfast");
  }
  return end + 1;
}

}  // namespace

Error malformed(const std::string& subject, const std::string& why) {
  return {ErrorCode::malformed, subject + ": " + why};
}

Error truncated(const std::string& subject) { return malformed(subject, "truncated: it ends within its header"); }

Result<HeaderSpan> find_header(std::string_view text, const Format& format, const std::string& subject) {
  TRY_LET(const std::size_t begin, parse_magic(text, format, subject), "read magic");
  const auto end = text.substr(0, begin + kMaxHeaderSize + 1).find('\n', begin);
  if (end != std::string_view::npos) return HeaderSpan{begin, end};
  return text.size() <= begin + kMaxHeaderSize ? truncated(subject) : too_large(subject);
}

Result<Json> parse_header_json(std::string_view line, const std::string& subject) {
  if (line.size() > kMaxHeaderSize) return too_large(subject);
  return parse_canonical_json(line, subject + ": header");
}

Error showable(const Error& error) { return {error.code(), printable(error.message(), 600)}; }

crypto::AeadSuite read_suite(JsonReader& reader) {
  const auto suite = crypto::find_aead_suite(reader.text("suite", 64));
  if (!suite) reader.fail("suite", "is not one of: " + crypto::list_aead_suites());
  return suite.value_or(crypto::AeadSuite::aes_256_gcm);
}

std::array<std::uint8_t, kSaltSize> read_salt(JsonReader& reader) {
  std::array<std::uint8_t, kSaltSize> salt{};
  const auto bytes = reader.base64("salt", kSaltSize, kSaltSize);
  if (bytes.size() == kSaltSize) std::ranges::copy(bytes, salt.begin());
  return salt;
}

std::string read_name(JsonReader& reader) {
  if (!reader.has("name")) return {};
  auto name = reader.text("name", kMaxNameSize);
  if (name.empty() || has_control_characters(name)) {
    reader.fail("name", "must not be empty and has no control characters");
  }
  return name;
}

std::string read_media_type(JsonReader& reader) {
  if (!reader.has("media_type")) return {};
  auto media_type = reader.text("media_type", kMaxMediaTypeSize);
  if (!is_media_type(media_type)) reader.fail("media_type", "must be a media type, such as text/plain");
  return media_type;
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

Result<void> check_name(const std::string& name, const std::optional<std::string>& wanted, const std::string& subject,
                        std::string_view made) {
  if (!wanted || *wanted == name) return {};
  const auto found =
      std::string(made) + (name.empty() ? " without a name" : " under the name '" + printable(name) + "'");
  return Error(ErrorCode::refused, subject + ": " + found + ", but '" + printable(*wanted) + "' was asked for");
}

Result<Bytes> peek_preamble(int fd, const std::string& name_for_errors) {
  Bytes bytes(kMaxPreambleSize);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", name_for_errors, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace holdfast::seal
