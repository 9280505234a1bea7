#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/scratch.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

// `files` lie below the sysroot; the first that exists is taken.
void add_first(std::vector<Native>& natives, const std::filesystem::path& sysroot,
               std::initializer_list<std::string_view> files, Attribute attribute, std::vector<std::string> handles) {
  for (const auto file : files) {
    const auto reading = read_value(sysroot / file);
    if (reading.outcome == ReadOutcome::missing) continue;
    set_value(attribute, reading, ValueFormat::text, "/" + std::string(file));
    natives.push_back({std::move(attribute), std::move(handles)});
    return;
  }
}

Attribute worthless(const std::string& name, const std::string& source, const std::string& group,
                    AttributeClass attribute_class) {
  Attribute attribute;
  attribute.name = name;
  attribute.source = source;
  attribute.attribute_class = attribute_class;
  attribute.group = group;
  return attribute;
}

// "nvme0n1p2" on disk "nvme0n1" is "-part2"; the disk itself is ""; devices elsewhere are "?".
std::string part_of(std::string_view device, std::string_view disk) {
  if (device == disk) return "";
  if (!device.starts_with(disk)) return "?";
  auto rest = device.substr(disk.size());
  if (is_digit(disk.back())) {
    if (!rest.starts_with('p')) return "?";
    rest.remove_prefix(1);
  }
  return !rest.empty() && std::ranges::all_of(rest, is_digit) ? "-part" + std::string(rest) : "?";
}

void add_filesystem(std::vector<Native>& natives, const std::string& uuid, const std::string& device,
                    const std::vector<DiskPlace>& disks) {
  for (const auto& disk : disks) {
    const auto part = part_of(device, disk.device);
    if (part == "?") continue;
    const auto place = disk.location + part;
    auto attribute =
        worthless("filesystem/" + place, "filesystem:uuid:" + place, "disk/" + disk.location, AttributeClass::software);
    set_value(attribute, as_bytes(uuid), ValueFormat::uuid);
    natives.push_back({std::move(attribute), {}});
    return;
  }
}

void read_filesystems(const std::filesystem::path& sysroot, const std::vector<DiskPlace>& disks,
                      std::vector<Native>& natives) {
  const auto first = static_cast<std::ptrdiff_t>(natives.size());
  const auto all = sysroot / "dev/disk/by-uuid";
  for (const auto& uuid : names_in(all)) {
    std::error_code problem;
    const auto target = std::filesystem::read_symlink(all / uuid, problem);
    if (!problem) add_filesystem(natives, uuid, target.filename().string(), disks);
  }
  std::sort(natives.begin() + first, natives.end(),
            [](const Native& a, const Native& b) { return a.attribute.name < b.attribute.name; });
}

}  // namespace

void read_software(const std::filesystem::path& sysroot, const std::vector<DiskPlace>& disks,
                   std::vector<Native>& natives) {
  add_first(natives, sysroot, {"etc/machine-id", "var/lib/dbus/machine-id"},
            worthless("machine-id", "machine-id", "machine-id", AttributeClass::software), {"machine-id"});
  add_first(natives, sysroot, {"proc/sys/kernel/hostname", "etc/hostname"},
            worthless("hostname", "kernel:hostname", "hostname", AttributeClass::software), {});
  read_filesystems(sysroot, disks, natives);
  add_first(natives, sysroot, {"var/lib/cloud/data/instance-id", "run/cloud-init/.instance-id"},
            worthless("cloud/instance-id", "cloud:instance-id", "cloud", AttributeClass::declared), {});
}

}  // namespace holdfast::fingerprint
