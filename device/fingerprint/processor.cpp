#include <algorithm>
#include <string_view>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr unsigned kSerialBits = 32;
// Machines with hundreds of processors have a cpuinfo of some megabytes; the serial, where there is one,
// stands behind the last processor, and only kinds with few processors have one.
constexpr std::size_t kCpuinfoLimit = std::size_t{256} * 1024;

Attribute blank(const std::string& source) {
  Attribute attribute;
  attribute.name = "processor/serial";
  attribute.source = source;
  attribute.attribute_class = AttributeClass::burned_in;
  attribute.group = "processor";
  attribute.bits = kSerialBits;
  return attribute;
}

// The value of the line "Serial : 10000000abcdef01"; a view of nothing when there is no such line.
std::string_view serial_in(std::string_view cpuinfo) {
  constexpr std::string_view kLabel = "Serial";
  while (!cpuinfo.empty()) {
    const auto line = cpuinfo.substr(0, cpuinfo.find('\n'));
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == kLabel) return line.substr(colon + 1);
    cpuinfo.remove_prefix(std::min(line.size() + 1, cpuinfo.size()));
  }
  return {};
}

}  // namespace

void read_processor(const std::filesystem::path& sysroot, std::vector<Native>& natives) {
  auto cpuinfo = read_plain(sysroot / "proc/cpuinfo", kCpuinfoLimit);
  const auto serial = serial_in(cpuinfo);
  if (serial.data() != nullptr) {
    auto attribute = blank("cpu:serial");
    set_value(attribute, as_bytes(serial), ValueFormat::hex);
    natives.push_back({std::move(attribute), {"cpu"}});
  }
  wipe({reinterpret_cast<std::uint8_t*>(cpuinfo.data()), cpuinfo.size()});
  if (!natives.empty() && natives.back().attribute.name == "processor/serial") return;

  // The protected processor inventory number of server processors.
  const auto inventory = read_value(sysroot / "sys/devices/system/cpu/cpu0/topology/ppin");
  if (inventory.outcome == ReadOutcome::missing) return;
  auto attribute = blank("cpu:ppin");
  set_value(attribute, inventory, ValueFormat::hex, "/sys/devices/system/cpu/cpu0/topology/ppin");
  natives.push_back({std::move(attribute), {"cpu"}});
}

}  // namespace holdfast::fingerprint
