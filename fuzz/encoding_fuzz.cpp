// Encodings: bytes survive the round trip, and accepted text has one meaning. Passphrases and quoted text too,
// since they read the same kind of input.
#include "core/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/text.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::ByteView;
using holdfast::fuzz::check;

void bytes_round_trip(ByteView bytes) {
  const auto hex = holdfast::parse_hex(holdfast::to_hex(bytes));
  check(hex.ok() && std::ranges::equal(*hex, bytes), "hex round-trips");
  const auto base64 = holdfast::parse_base64(holdfast::to_base64(bytes));
  check(base64.ok() && std::ranges::equal(*base64, bytes), "base64 round-trips");
  const auto groups = bytes.first(bytes.size() / 5 * 5);
  const auto crockford = holdfast::parse_crockford32(holdfast::to_crockford32(groups));
  check(crockford.ok() && std::ranges::equal(*crockford, groups), "Crockford base32 round-trips");
}

void text_has_one_meaning(std::string_view text) {
  if (const auto bytes = holdfast::parse_base64(text); bytes.ok()) {
    check(holdfast::to_base64(*bytes) == text, "base64 has one spelling");
  }
  if (const auto bytes = holdfast::parse_hex(text); bytes.ok()) {
    const auto again = holdfast::parse_hex(holdfast::to_hex(*bytes));
    check(again.ok() && *again == *bytes, "hex that was read can be written");
  }
  if (const auto bytes = holdfast::parse_crockford32(text); bytes.ok()) {
    const auto again = holdfast::parse_crockford32(holdfast::to_crockford32(*bytes));
    check(again.ok() && *again == *bytes, "Crockford base32 that was read can be written");
  }
}

void text_is_safe(ByteView bytes) {
  const auto shown = holdfast::printable(holdfast::as_text(bytes));
  check(std::ranges::none_of(shown, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }),
        "quoted text holds no control characters");
  check(holdfast::printable(shown, shown.size()) == shown, "quoted text is a fixed point");
  const auto once = holdfast::normalise_passphrase(holdfast::SecretBytes::copy_of(bytes));
  if (!once.ok()) return;
  const auto normal = once->expose(holdfast::SecretAccess{});
  if (normal.empty() || normal.back() == '\n') return;  // a second pass would take the newline away
  const auto twice = holdfast::normalise_passphrase(*once);
  check(twice.ok() && std::ranges::equal(twice->expose(holdfast::SecretAccess{}), normal),
        "normal form is a fixed point");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  bytes_round_trip(bytes);
  text_has_one_meaning(holdfast::as_text(bytes));
  text_is_safe(bytes);
  return 0;
}
