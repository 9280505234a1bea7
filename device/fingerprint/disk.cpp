#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/scratch.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr unsigned kDiskBits = 32;

// Made by software, read-only media, or a part of another disk.
constexpr auto kSkippedPrefixes = std::to_array<std::string_view>(
    {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "rbd", "drbd", "bcache", "zd", "mtdblock", "ublk"});

struct Identifier {
  std::string_view name;
  std::string_view file;  // below the disk's folder in /sys/block
  ValueFormat format;
};

constexpr auto kIdentifiers = std::to_array<Identifier>({
    {"serial", "device/serial", ValueFormat::text},  // NVMe; SATA and SCSI: see serial_of_scsi
    {"serial", "serial", ValueFormat::text},         // virtio
    {"wwid", "wwid", ValueFormat::text},             // NVMe
    {"wwid", "device/wwid", ValueFormat::text},      // SATA, SCSI
    {"eui", "eui", ValueFormat::text},               // NVMe
    {"cid", "device/cid", ValueFormat::hex},         // eMMC, SD
});

std::string line_of(const std::filesystem::path& file) { return std::string(trimmed(read_plain(file, 256))); }

bool is_memory_card(std::string_view disk) { return disk.starts_with("mmcblk"); }

bool is_skipped(std::string_view disk) {
  const auto starts = [disk](std::string_view prefix) { return disk.starts_with(prefix); };
  if (std::ranges::any_of(kSkippedPrefixes, starts)) return true;
  // Boot and replay-protected areas of an eMMC are named "mmcblk0boot0" and "mmcblk0rpmb".
  const auto of_card = disk.substr(std::min<std::size_t>(disk.size(), std::string_view("mmcblk").size()));
  if (is_memory_card(disk) && !std::ranges::all_of(of_card, is_digit)) return true;
  // "nvme0c1n1" is one path to "nvme0n1".
  return disk.starts_with("nvme") && disk.substr(4).contains('c');
}

// A disk on USB comes and goes, unless the firmware says that its port is inside the case.
bool is_pluggable(const std::filesystem::path& folder, const std::filesystem::path& device, std::string_view disk) {
  if (line_of(folder / "removable") == "1" && !is_memory_card(disk)) return true;
  if (!device.string().contains("/usb")) return false;
  for (auto at = device; at.has_relative_path(); at = at.parent_path()) {
    if (line_of(at / "removable") == "fixed") return false;
    if (at.filename().string().starts_with("usb")) break;
  }
  return true;
}

std::string location_of(const std::filesystem::path& device, const std::string& disk, std::set<std::string>& taken) {
  auto location = bus_location(device);
  if (location.empty()) location = disk;
  // One controller may hold several namespaces: "nvme0n2".
  const auto space = disk.rfind('n');
  if (disk.starts_with("nvme") && space != std::string::npos && space > 0 && disk.substr(space) != "n1") {
    location += "-" + disk.substr(space);
  }
  if (!taken.insert(location).second) {
    location += "-" + disk;
    taken.insert(location);
  }
  return location;
}

// Page 0x80 of the vital product data: a header of four bytes with the length, then the serial number.
Reading serial_of_scsi(const std::filesystem::path& folder) {
  constexpr std::size_t kHeader = 4;
  auto reading = read_value(folder / "device/vpd_pg80");
  if (reading.outcome != ReadOutcome::read) return reading;
  const auto page = reading.raw.expose(SecretAccess{});
  const bool sound = page.size() >= kHeader && page[1] == 0x80;
  const std::size_t length = sound ? static_cast<std::size_t>(page[2] << 8 | page[3]) : 0;
  if (!sound || length > page.size() - kHeader) {
    reading.outcome = ReadOutcome::failed;
    reading.problem = "not a serial number page";
    reading.raw = {};
  } else {
    reading.raw = SecretBytes::copy_of(page.subspan(kHeader, length));
  }
  return reading;
}

struct Disk {
  std::string name;
  std::string location;
  std::filesystem::path folder;
};

void add(std::vector<Native>& natives, const Disk& disk, const Identifier& identifier, const Reading& reading) {
  const std::string what(identifier.name);
  Attribute attribute;
  attribute.name = "disk/" + disk.location + "/" + what;
  attribute.source = "disk:" + what + ":" + disk.location;
  attribute.attribute_class = AttributeClass::replaceable;
  attribute.group = "disk/" + disk.location;
  attribute.bits = kDiskBits;
  set_value(attribute, reading, identifier.format, "/sys/block/" + disk.name + "/" + std::string(identifier.file));
  natives.push_back({std::move(attribute), {"disk:" + disk.name + ":" + what, "disk:" + disk.location + ":" + what}});
}

void add_all(std::vector<Native>& natives, const Disk& disk) {
  std::set<std::string_view> found;
  for (const auto& identifier : kIdentifiers) {
    if (found.contains(identifier.name)) continue;
    const auto reading = read_value(disk.folder / identifier.file);
    if (reading.outcome == ReadOutcome::missing) continue;
    found.insert(identifier.name);
    add(natives, disk, identifier, reading);
  }
  if (found.contains("serial")) return;
  const auto reading = serial_of_scsi(disk.folder);
  if (reading.outcome == ReadOutcome::missing) return;
  add(natives, disk, {"serial", "device/vpd_pg80", ValueFormat::text}, reading);
}

}  // namespace

std::vector<DiskPlace> read_disks(const std::filesystem::path& sysroot, std::vector<Native>& natives) {
  const auto all = sysroot / "sys/block";
  std::vector<DiskPlace> places;
  std::set<std::string> taken;
  const auto first = static_cast<std::ptrdiff_t>(natives.size());
  for (const auto& name : names_in(all)) {
    if (is_skipped(name)) continue;
    const auto folder = all / name;
    // A virtio disk's own folder tells its place as well as its device link does.
    const auto device = real_device(folder / "device");
    if (device.empty() || is_pluggable(folder, device, name)) continue;
    const auto location = location_of(device, name, taken);
    places.push_back({name, location});
    add_all(natives, {name, location, folder});
  }
  std::sort(natives.begin() + first, natives.end(),
            [](const Native& a, const Native& b) { return a.attribute.name < b.attribute.name; });
  return places;
}

}  // namespace holdfast::fingerprint
