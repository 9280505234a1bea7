// Key files: what parses is written again byte for byte, and its record is canonical JSON to the general parser too.
#include "device/keys/key_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/json.hpp"
#include "crypto/aead.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::as_text;
  using holdfast::fuzz::check;
  const holdfast::ByteView bytes{data, size};
  const auto file = holdfast::keys::parse_key_file(bytes);
  if (!file.ok()) {
    check(file.error().code() == holdfast::ErrorCode::malformed, "a file that does not parse is malformed");
    return 0;
  }
  check(size <= holdfast::keys::kMaxKeyFileSize, "sizes are limited");
  check(file->wrapped.size() >= holdfast::crypto::kWrapOverhead, "there is a nonce and a tag");
  check(!file->record.uses.empty(), "a key has a use");
  const auto header = holdfast::keys::key_file_header(file->record);
  check(header.ok() && as_text(*header) == as_text(file->authenticated), "a record has one spelling");
  const auto again = holdfast::keys::serialise_key_file(*header, file->wrapped);
  check(as_text(again) == as_text(bytes), "a file has one spelling");
  const auto json = holdfast::keys::to_json(file->record);
  check(json.ok() && holdfast::parse_canonical_json(*json, "record").ok(), "the record is canonical JSON");
  return 0;
}
