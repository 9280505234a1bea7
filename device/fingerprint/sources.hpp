// The native sources: what the kernel and the firmware report about this machine, read below a sysroot.
#pragma once

#include "device/fingerprint/attribute.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::fingerprint {

/// A natively collected attribute, and the words by which a credential file may name it, such as
/// "net:eth0" or "disk:nvme0n1:serial".
struct Native {
  Attribute attribute;
  std::vector<std::string> handles;
};

/// A disk that was accepted, so that file systems on it can be named by its location.
struct DiskPlace {
  std::string device;    ///< "nvme0n1"
  std::string location;  ///< "0000:02:00.0-nvme"
};

/// Each reader appends what exists on this kind of machine, in a stable order. A source that does not
/// exist here is not listed; one that exists and cannot be read is, as unavailable.
void read_dmi(const std::filesystem::path& sysroot, std::vector<Native>& natives);
void read_device_tree(const std::filesystem::path& sysroot, std::vector<Native>& natives);
void read_processor(const std::filesystem::path& sysroot, std::vector<Native>& natives);
void read_network(const std::filesystem::path& sysroot, std::vector<Native>& natives);
[[nodiscard]] std::vector<DiskPlace> read_disks(const std::filesystem::path& sysroot, std::vector<Native>& natives);
void read_software(const std::filesystem::path& sysroot, const std::vector<DiskPlace>& disks,
                   std::vector<Native>& natives);

/// One DMI field, listed even where there is none: for fields that a credential file names.
[[nodiscard]] Attribute read_dmi_field(const std::filesystem::path& sysroot, const std::string& field);

/// Where a device sits on its bus, from the real path of its folder in sysfs: "0000:00:1f.6",
/// "0000:00:17.0-ata1", "fe340000.mmc". Numbers that depend on the order of probing are left out.
/// Empty when the path tells no such place.
[[nodiscard]] std::string bus_location(const std::filesystem::path& device);

/// The device's real path where `link` is a symbolic link or folder below `sysroot`; empty otherwise.
[[nodiscard]] std::filesystem::path real_device(const std::filesystem::path& link);

/// Everything native, with the platform taken into account: what a hypervisor or container engine made
/// up is declared and worth nothing.
[[nodiscard]] std::vector<Native> read_natives(const std::filesystem::path& sysroot, const Platform& platform);

/// Bare metal, virtual machine or container.
[[nodiscard]] Platform detect_platform(const std::filesystem::path& sysroot);

}  // namespace holdfast::fingerprint
