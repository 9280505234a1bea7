#include <array>
#include <optional>
#include <string_view>

#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/scratch.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr std::size_t kMaxPlain = std::size_t{64} * 1024;

std::string lower(std::string text) {
  for (char& c : text) c = ascii_lower(c);
  return text;
}

bool is_there(const std::filesystem::path& file) {
  std::error_code problem;
  return std::filesystem::exists(file, problem);
}

std::optional<std::string> container_evidence(const std::filesystem::path& root) {
  struct Mark {
    std::string_view file;
    std::string_view meaning;
  };
  constexpr auto kMarks = std::to_array<Mark>({
      {".dockerenv", "/.dockerenv exists (Docker)"},
      {"run/.containerenv", "/run/.containerenv exists (Podman)"},
      {"run/systemd/container", "/run/systemd/container exists"},
      {"run/host/container-manager", "/run/host/container-manager exists"},
      {"run/secrets/kubernetes.io", "/run/secrets/kubernetes.io exists (Kubernetes)"},
      {"var/run/secrets/kubernetes.io", "/var/run/secrets/kubernetes.io exists (Kubernetes)"},
      {"dev/.lxc", "/dev/.lxc exists (LXC)"},
      {"dev/incus", "/dev/incus exists (Incus)"},
      {"dev/lxd", "/dev/lxd exists (LXD)"},
  });
  for (const auto& mark : kMarks) {
    if (is_there(root / mark.file)) return std::string(mark.meaning);
  }
  if (is_there(root / "proc/vz") && !is_there(root / "proc/bc")) return "/proc/vz exists without /proc/bc (OpenVZ)";
  // Readable by root only; every engine that follows systemd's interface sets it.
  const auto environment = read_plain(root / "proc/1/environ", kMaxPlain);
  if (environment.starts_with("container=") || environment.contains(std::string_view("\0container=", 11))) {
    return "the first process has the variable container in its environment";
  }
  const auto groups = read_plain(root / "proc/1/cgroup");
  for (const std::string_view engine : {"docker", "kubepods", "containerd", "libpod", "lxc", "garden"}) {
    if (groups.contains(engine)) return "/proc/1/cgroup names " + std::string(engine);
  }
  return std::nullopt;
}

// Words in the DMI names of virtual machines, in lower case. Google and Microsoft also sell hardware, so
// only their product names tell.
constexpr auto kHypervisorWords = std::to_array<std::string_view>({
    "qemu",
    "kvm",
    "vmware",
    "virtualbox",
    "innotek",
    "bochs",
    "parallels",
    "hvm domu",
    "xen",
    "bhyve",
    "openstack",
    "ovirt",
    "rhev",
    "rhel hypervisor",
    "virtual machine",
    "virtual platform",
    "google compute engine",
    "amazon ec2",
    "alibaba cloud",
    "digitalocean",
    "droplet",
    "hetzner",
    "vserver",
    "linode",
    "akamai",
    "vultr",
    "upcloud",
    "scaleway",
    "opennebula",
    "exoscale",
    "cloud-hypervisor",
    "cloud hypervisor",
    "crosvm",
    "firecracker",
    "apple virtualization",
    "standard pc (",
    "oraclecloud",
    "tencent cloud",
    "huawei cloud",
    "smartdc",
    "cloudstack",
    "acrn",
    "proxmox",
});

bool is_rented_hardware(std::string_view product) { return product.contains(".metal"); }

std::optional<std::string> dmi_evidence(const std::filesystem::path& root) {
  const auto folder = root / "sys/class/dmi/id";
  if (is_rented_hardware(read_plain(folder / "product_name"))) return std::nullopt;
  for (const std::string_view field :
       {"sys_vendor", "product_name", "board_vendor", "bios_vendor", "chassis_vendor", "product_version"}) {
    const auto value = lower(std::string(trimmed(read_plain(folder / field))));
    for (const auto word : kHypervisorWords) {
      if (!value.contains(word)) continue;
      return "DMI " + std::string(field) + " names \"" + std::string(word) + "\"";
    }
  }
  return std::nullopt;
}

bool has_hypervisor_flag(std::string_view cpuinfo) {
  const auto flags = cpuinfo.find("\nflags");
  if (flags == std::string_view::npos) return false;
  const auto line = cpuinfo.substr(flags + 1, cpuinfo.find('\n', flags + 1) - flags - 1);
  const auto at = line.find(" hypervisor");
  const auto end = at + std::string_view(" hypervisor").size();
  return at != std::string_view::npos && (end == line.size() || line[end] == ' ');
}

// The first domain of Xen sees the real hardware.
bool is_xen_host(const std::filesystem::path& root) {
  return read_plain(root / "proc/xen/capabilities").contains("control_d");
}

std::optional<std::string> kernel_evidence(const std::filesystem::path& root) {
  if (is_xen_host(root)) return std::nullopt;
  const auto cpuinfo = read_plain(root / "proc/cpuinfo", kMaxPlain);
  if (has_hypervisor_flag(cpuinfo)) return "the processor reports a hypervisor";
  if (cpuinfo.contains("User Mode Linux")) return "/proc/cpuinfo names User Mode Linux";
  if (is_there(root / "sys/hypervisor/type")) return "/sys/hypervisor/type exists";
  if (is_there(root / "proc/device-tree/hypervisor/compatible")) return "the device tree names a hypervisor";
  const auto compatible = read_plain(root / "proc/device-tree/compatible");
  if (compatible.contains("linux,dummy-virt") || compatible.contains("qemu")) {
    return "the device tree is that of a virtual machine";
  }
  if (read_plain(root / "proc/sysinfo").contains("VM00")) return "/proc/sysinfo names a virtual machine";
  return std::nullopt;
}

std::optional<std::string> disk_evidence(const std::filesystem::path& root) {
  for (const auto& disk : names_in(root / "sys/block")) {
    if (disk.starts_with("vd") || disk.starts_with("xvd")) return "the disk " + disk + " is a hypervisor's";
  }
  return std::nullopt;
}

}  // namespace

Platform detect_platform(const std::filesystem::path& sysroot) {
  if (auto evidence = container_evidence(sysroot)) return {PlatformKind::container, *std::move(evidence)};
  for (const auto detect : {dmi_evidence, kernel_evidence, disk_evidence}) {
    if (auto evidence = detect(sysroot)) return {PlatformKind::virtual_machine, *std::move(evidence)};
  }
  return {};
}

}  // namespace holdfast::fingerprint
