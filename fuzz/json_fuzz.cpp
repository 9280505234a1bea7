// JSON: what parses can be written canonically, and the canonical form is a fixed point.
#include "core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::Json;
using holdfast::fuzz::check;

void read_members(const Json& value) {
  holdfast::JsonReader reader(value, "input");
  (void)reader.text("text", 16);
  (void)reader.optional_text("note", 16);
  (void)reader.number("number", 1, 100);
  (void)reader.boolean("boolean");
  check(reader.base64("base64", 1, 8).size() <= 8, "a base64 member stays within its bounds");
  (void)reader.hex("hex", 2);
  check(reader.array("array", 4).size() <= 4, "an array stays within its bounds");
  (void)reader.object("object");
  (void)reader.finish().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = holdfast::as_text({data, size});
  const auto value = holdfast::parse_json(text, "input");
  const bool is_canonical = holdfast::parse_canonical_json(text, "input").ok();
  check(value.ok() || !is_canonical, "what is canonical parses");
  if (!value.ok()) return 0;
  read_members(*value);
  const auto canonical = holdfast::canonical_json(*value);
  check(canonical.ok(), "what parses can be written");
  check(is_canonical == (*canonical == text), "only the canonical spelling is canonical");
  const auto again = holdfast::parse_canonical_json(*canonical, "input");
  check(again.ok(), "the canonical form is a fixed point");
  check(*again == *value, "the canonical form keeps the value");
  return 0;
}
