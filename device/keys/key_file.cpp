#include "device/keys/key_file.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "device/keys/derive.hpp"

namespace holdfast::keys {
namespace {

constexpr std::string_view kMagic = "holdfast-key-v1";

// The next line without its newline; nothing where the text ends before one.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

Error not_a_key_file(const std::string& why) { return {ErrorCode::malformed, "not a whole key file: " + why}; }

bool size_fits(const KeyRecord& record, std::size_t wrapped_size) {
  return stores_secret(record) ? wrapped_size > crypto::kWrapOverhead : wrapped_size == crypto::kWrapOverhead;
}

}  // namespace

Result<KeyFile> parse_key_file(ByteView bytes) {
  if (bytes.size() > kMaxKeyFileSize) return not_a_key_file("it is larger than 64 KiB");
  auto rest = as_text(bytes);
  if (take_line(rest) != kMagic) return not_a_key_file("the first line is not 'holdfast-key-v1'");
  const auto json = take_line(rest);
  if (!json) return not_a_key_file("the second line is missing or cut off");
  const auto header_size = bytes.size() - rest.size();
  const auto sealed = take_line(rest);
  if (!sealed) return not_a_key_file("the third line is missing or cut off");
  if (!rest.empty()) return not_a_key_file("something follows the third line");
  TRY_LET(auto record, parse_key_record(*json), "parse second line");
  TRY_LET(auto wrapped, parse_base64(*sealed), "parse third line");
  if (!size_fits(record, wrapped.size())) {
    return not_a_key_file("the third line's size does not fit " + std::string(name_of(record.origin)) + " keys");
  }
  return KeyFile{std::move(record), bytes.first(header_size), std::move(wrapped)};
}

Result<Bytes> key_file_header(const KeyRecord& record) {
  TRY_LET(const auto json, to_json(record), "write key record");
  Bytes header;
  append(header, as_bytes(kMagic));
  header.push_back('\n');
  append(header, as_bytes(json));
  header.push_back('\n');
  return header;
}

bool stores_secret(const KeyRecord& record) {
  const bool comes_from_root = record.origin == KeyOrigin::derived && is_derived_at_once(record.algorithm);
  return !comes_from_root && record.state != KeyState::destroyed;
}

Bytes serialise_key_file(ByteView header, ByteView wrapped) {
  Bytes bytes(header.begin(), header.end());
  append(bytes, as_bytes(to_base64(wrapped)));
  bytes.push_back('\n');
  return bytes;
}

}  // namespace holdfast::keys
