#include "device/anchor/checked_lines.hpp"

#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "crypto/hash.hpp"

namespace holdfast::anchor {
namespace {

// Takes one line without its newline off the front.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

// A line of a name, a space and 64 lower-case hexadecimal digits.
Result<Bytes> parse_check_line(const CheckedFileKind& kind, std::optional<std::string_view> line,
                               std::string_view name) {
  const auto prefix = std::string(name) + " ";
  if (!line || !line->starts_with(prefix)) return malformed_file(kind, "has no line '" + std::string(name) + "'");
  auto bytes = parse_hex(line->substr(prefix.size()));
  if (!bytes.ok() || bytes->size() != 32 || to_hex(*bytes) != line->substr(prefix.size())) {
    return malformed_file(kind, "has a malformed line '" + std::string(name) + "'");
  }
  return bytes;
}

Result<void> check_magic(const CheckedFileKind& kind, std::optional<std::string_view> line) {
  if (line && *line == kind.magic) return {};
  if (line && line->starts_with(kind.prefix)) {
    return Error(ErrorCode::malformed, std::string(kind.what) + " has version '" + printable(*line, 40) +
                                           "', which this program does not know; install a newer holdfast");
  }
  return malformed_file(kind, "does not begin with '" + std::string(kind.magic) + "'");
}

}  // namespace

Error malformed_file(const CheckedFileKind& kind, const std::string& why) {
  return {ErrorCode::malformed, std::string(kind.what) + " " + why + "; " + std::string(kind.remedy)};
}

Result<CheckedLines> parse_checked_lines(const CheckedFileKind& kind, ByteView bytes) {
  if (bytes.size() > kMaxCheckedFileSize) return malformed_file(kind, "is larger than 1 MiB");
  auto rest = as_text(bytes);
  TRY(check_magic(kind, take_line(rest)), "read first line");
  const auto body = take_line(rest);
  const auto authenticated_size = bytes.size() - rest.size();
  TRY_LET(auto mac, parse_check_line(kind, take_line(rest), "mac"), "read MAC");
  const auto digested_size = bytes.size() - rest.size();
  TRY_LET(const auto digest, parse_check_line(kind, take_line(rest), "sha256"), "read digest");
  if (!rest.empty()) return malformed_file(kind, "goes on behind its last line");
  TRY_LET(const auto expected, crypto::hash(crypto::HashAlgorithm::sha256, {bytes.first(digested_size)}), "digest");
  if (digest != expected) return malformed_file(kind, "is damaged: its digest does not match");
  return CheckedLines{*body, bytes.first(authenticated_size), std::move(mac)};
}

Error altered_file(const CheckedFileKind& kind) {
  return malformed_file(kind, "was altered by somebody who does not have the root");
}

Result<void> verify_mac(const CheckedFileKind& kind, ByteView authenticated, ByteView mac, const SecretBytes& key) {
  TRY_LET(const auto expected, crypto::hmac_sha256(key, {authenticated}), "compute MAC");
  if (crypto::ct_equal(expected, mac)) return {};
  return altered_file(kind);
}

Result<Bytes> write_checked_lines(const CheckedFileKind& kind, const Json& body, const SecretBytes& key) {
  TRY_LET(const auto line, canonical_json(body), "write " + std::string(kind.what));
  std::string text = std::string(kind.magic) + "\n" + line + "\n";
  TRY_LET(const auto mac, crypto::hmac_sha256(key, {as_bytes(text)}), "compute MAC");
  text += "mac " + to_hex(mac) + "\n";
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {as_bytes(text)}), "compute digest");
  text += "sha256 " + to_hex(digest) + "\n";
  const auto bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace holdfast::anchor
