#include <array>
#include <string_view>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr unsigned kSerialBits = 32;

struct Place {
  std::string_view file;  // below the sysroot
  std::string_view name;
  std::string_view source;
  std::string_view handle;
};

// The boot loader copies the chip's serial number into the device tree, so it belongs to the chip.
constexpr auto kPlaces = std::to_array<Place>({
    {"proc/device-tree/serial-number", "device-tree/serial", "device-tree:serial-number", "device-tree"},
    {"sys/devices/soc0/serial_number", "soc/serial", "soc:serial_number", "soc"},
});

void add(std::vector<Native>& natives, const std::filesystem::path& sysroot, const Place& place) {
  const auto reading = read_value(sysroot / place.file);
  if (reading.outcome == ReadOutcome::missing) return;
  Attribute attribute;
  attribute.name = place.name;
  attribute.source = place.source;
  attribute.attribute_class = AttributeClass::burned_in;
  attribute.group = "soc";
  attribute.bits = kSerialBits;
  set_value(attribute, reading, ValueFormat::text, "/" + std::string(place.file));
  natives.push_back({std::move(attribute), {std::string(place.handle)}});
}

}  // namespace

void read_device_tree(const std::filesystem::path& sysroot, std::vector<Native>& natives) {
  for (const auto& place : kPlaces) add(natives, sysroot, place);
}

}  // namespace holdfast::fingerprint
