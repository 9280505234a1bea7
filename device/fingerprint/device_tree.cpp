#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr unsigned kSerialBits = 32;

void add(std::vector<Native>& natives, const std::filesystem::path& file, const std::string& shown,
         const std::string& name, const std::string& source, const std::string& handle) {
  const auto reading = read_value(file);
  if (reading.outcome == ReadOutcome::missing) return;
  Attribute attribute;
  attribute.name = name;
  attribute.source = source;
  attribute.attribute_class = AttributeClass::burned_in;
  attribute.group = "soc";
  attribute.bits = kSerialBits;
  set_value(attribute, reading, ValueFormat::text, shown);
  natives.push_back({std::move(attribute), {handle}});
}

}  // namespace

void read_device_tree(const std::filesystem::path& sysroot, std::vector<Native>& natives) {
  // The boot loader copies the chip's serial number here, so it belongs to the chip.
  add(natives, sysroot / "proc/device-tree/serial-number", "/proc/device-tree/serial-number", "device-tree/serial",
      "device-tree:serial-number", "device-tree");
  add(natives, sysroot / "sys/devices/soc0/serial_number", "/sys/devices/soc0/serial_number", "soc/serial",
      "soc:serial_number", "soc");
}

}  // namespace holdfast::fingerprint
