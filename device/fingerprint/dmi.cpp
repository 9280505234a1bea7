#include <array>
#include <string_view>
#include <utility>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr unsigned kUuidBits = 32;
constexpr unsigned kSerialBits = 24;

struct Field {
  std::string_view name;
  unsigned bits;
  ValueFormat format;
};

// The whole board is one group, so the serials are worth 24 bits together.
constexpr auto kFields = std::to_array<Field>({
    {"product_uuid", kUuidBits, ValueFormat::uuid},
    {"board_serial", kSerialBits, ValueFormat::text},
    {"product_serial", kSerialBits, ValueFormat::text},
    {"chassis_serial", kSerialBits, ValueFormat::text},
});

std::filesystem::path file_of(const std::filesystem::path& sysroot, std::string_view field) {
  return sysroot / "sys/class/dmi/id" / field;
}

// Other fields (product_name and so on) are the same on every machine of a series.
Field describe(std::string_view name) {
  for (const auto& field : kFields) {
    if (field.name == name) return field;
  }
  return {name, 0, ValueFormat::text};
}

}  // namespace

Attribute read_dmi_field(const std::filesystem::path& sysroot, const std::string& field) {
  const auto known = describe(field);
  Attribute attribute;
  attribute.name = "dmi/" + field;
  attribute.source = "dmi:" + field;
  attribute.attribute_class = AttributeClass::board;
  attribute.group = "board";
  attribute.bits = known.bits;
  set_value(attribute, read_value(file_of(sysroot, field)), known.format, "/sys/class/dmi/id/" + field);
  return attribute;
}

void read_dmi(const std::filesystem::path& sysroot, std::vector<Native>& natives) {
  for (const auto& field : kFields) {
    std::error_code problem;
    if (!std::filesystem::exists(file_of(sysroot, field.name), problem)) continue;
    const std::string name(field.name);
    natives.push_back({read_dmi_field(sysroot, name), {"dmi:" + name}});
  }
}

}  // namespace holdfast::fingerprint
