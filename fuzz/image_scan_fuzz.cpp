// Keys in platform images: whatever is found can be named and shown, and damage is passed over.
#include <cstddef>
#include <cstdint>

#include "core/text.hpp"
#include "fuzz/check.hpp"
#include "registry/images/image_scan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::fuzz::check;
  using holdfast::images::KeyKind;
  for (const auto& found : holdfast::images::find_keys({data, size})) {
    check(found.key.has_value() != (found.kind == KeyKind::encrypted_private_key), "a key is named, if it can be read");
    check(found.where.starts_with("byte "), "a key has a place");
    check(std::stoull(found.where.substr(5)) < size, "a key lies in what was searched");
  }
  return 0;
}
