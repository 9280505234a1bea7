#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/scratch.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

bool all_of_kind(std::string_view text, bool (*kind)(char)) { return !text.empty() && std::ranges::all_of(text, kind); }
bool digit(char c) { return is_digit(c); }
bool hex(char c) { return is_hex_digit(c); }

// "0000:02:00.0", or "10000:e1:00.0" behind a volume management device.
bool is_pci_address(std::string_view name) {
  const auto first = name.find(':');
  if (first == std::string_view::npos || first < 4 || name.size() != first + 8) return false;
  return all_of_kind(name.substr(0, first), hex) && all_of_kind(name.substr(first + 1, 2), hex) &&
         name[first + 3] == ':' && all_of_kind(name.substr(first + 4, 2), hex) && name[first + 6] == '.' &&
         digit(name[first + 7]);
}

// "fe340000.mmc": the device's address in memory, and what it is.
bool is_platform_address(std::string_view name) {
  const auto dot = name.find('.');
  return dot != std::string_view::npos && dot >= 3 && dot + 1 < name.size() && all_of_kind(name.substr(0, dot), hex) &&
         ascii_lower(name[dot + 1]) >= 'a' && ascii_lower(name[dot + 1]) <= 'z';
}

bool is_numbered(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && all_of_kind(name.substr(prefix.size()), digit);
}

// "2-1.4" is port 1.4 of bus 2; the bus number depends on the order of probing.
std::string usb_port(std::string_view name) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos || !all_of_kind(name.substr(0, dash), digit)) return {};
  const auto ports = name.substr(dash + 1);
  const bool plain = !ports.empty() && std::ranges::all_of(ports, [](char c) { return is_digit(c) || c == '.'; });
  return plain ? "usb" + std::string(ports) : std::string();
}

// "4:0:1:0" is channel 0, target 1, unit 0 of host 4; the host number depends on the order of probing.
std::string scsi_unit(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) { return is_digit(c) || c == ':'; });
  if (!plain || std::ranges::count(name, ':') != 3) return {};
  return "scsi" + std::string(name.substr(name.find(':') + 1));
}

// ATA ports are numbered over all controllers; port_no counts within one.
std::string ata_port(const std::filesystem::path& folder, const std::string& name) {
  const std::string number(trimmed(read_plain(folder / "ata_port" / name / "port_no", 16)));
  return number.empty() ? name : "ata" + number;
}

}  // namespace

std::filesystem::path real_device(const std::filesystem::path& link) {
  std::error_code problem;
  auto real = std::filesystem::canonical(link, problem);
  return problem ? std::filesystem::path() : real;
}

std::string bus_location(const std::filesystem::path& device) {
  std::string place;
  std::string unit;
  std::filesystem::path so_far;
  bool below_devices = false;
  for (const auto& part : device) {
    so_far /= part;
    const auto name = part.string();
    if (!below_devices) {
      below_devices = name == "devices";
    } else if (is_pci_address(name) || is_platform_address(name)) {
      place = name;
      unit.clear();
    } else if (is_numbered(name, "ata")) {
      unit = ata_port(so_far, name);
    } else if (is_numbered(name, "virtio")) {
      unit = "virtio";
    } else if (is_numbered(name, "nvme")) {
      unit = "nvme";
    } else if (const auto port = usb_port(name); !port.empty()) {
      unit = port;
    } else if (const auto scsi = scsi_unit(name); !scsi.empty() && !unit.starts_with("ata")) {
      if (!unit.empty()) unit += '-';
      unit += scsi;
    }
  }
  if (place.empty()) return {};
  return unit.empty() ? place : place + "-" + unit;
}

}  // namespace holdfast::fingerprint
