#include "device/fingerprint/mounts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <system_error>

#include "device/fingerprint/reading.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr std::size_t kMaxMountTable = std::size_t{1} << 20;

// The numbers of inodes are stored on all of these. vfat, exfat and ntfs make them up at each mount.
constexpr auto kDisks = std::to_array<std::string_view>({
    "bcachefs",
    "btrfs",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "jffs2",
    "jfs",
    "nilfs2",
    "reiserfs",
    "ubifs",
    "xfs",
    "zfs",
});
constexpr auto kNetworks = std::to_array<std::string_view>({
    "9p",
    "afs",
    "ceph",
    "cifs",
    "coda",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "lustre",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
    "virtiofs",
});
constexpr auto kMemories = std::to_array<std::string_view>({"devtmpfs", "ramfs", "rootfs", "tmpfs"});

// mountinfo writes spaces, tabs, newlines and backslashes as three octal digits.
std::string unescaped(std::string_view field) {
  std::string text;
  while (!field.empty()) {
    const bool escape = field.size() >= 4 && field[0] == '\\' &&
                        std::ranges::all_of(field.substr(1, 3), [](char c) { return c >= '0' && c <= '7'; });
    if (escape) {
      text += static_cast<char>((field[1] - '0') * 64 + (field[2] - '0') * 8 + (field[3] - '0'));
      field.remove_prefix(4);
    } else {
      text += field.front();
      field.remove_prefix(1);
    }
  }
  return text;
}

std::string option_of(const std::string& options, std::string_view name) {
  std::istringstream all(options);
  for (std::string option; std::getline(all, option, ',');) {
    if (option.starts_with(name)) return unescaped(std::string_view(option).substr(name.size()));
  }
  return {};
}

// id, parent, device, root, point, options, optional fields, "-", kind, source, options of the file system.
std::optional<Mount> parse_mount(const std::string& line) {
  std::istringstream fields(line);
  std::string skipped;
  std::string point;
  std::string options;
  Mount mount;
  fields >> skipped >> skipped >> mount.device >> skipped >> point >> options;
  while (fields >> skipped && skipped != "-") {
  }
  std::string source;
  std::string of_file_system;
  fields >> mount.kind >> source;
  if (!fields) return std::nullopt;
  fields >> of_file_system;
  mount.point = unescaped(point);
  mount.source = unescaped(source);
  mount.read_only = ("," + options + ",").contains(",ro,");
  if (mount.kind == "overlay") mount.upper = option_of(of_file_system, "upperdir=");
  return mount;
}

bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

StorageClass class_of(std::string_view kind) {
  if (std::ranges::contains(kDisks, kind)) return StorageClass::disk;
  if (std::ranges::contains(kNetworks, kind)) return StorageClass::network;
  if (std::ranges::contains(kMemories, kind)) return StorageClass::memory;
  return kind == "overlay" ? StorageClass::layered : StorageClass::unfamiliar;
}

// "sda1", "dm-0": what the kernel calls the device of a mount.
std::string device_name(const std::filesystem::path& sysroot, const Mount& mount) {
  std::error_code problem;
  const auto by_number = std::filesystem::read_symlink(sysroot / "sys/dev/block" / mount.device, problem);
  if (!problem) return by_number.filename().string();
  // btrfs has numbers of its own. "/dev/mapper/root" is a link to the device.
  const std::filesystem::path source = mount.source;
  if (!source.is_absolute()) return {};
  const auto link = std::filesystem::read_symlink(sysroot / source.relative_path(), problem);
  return problem ? source.filename().string() : link.filename().string();
}

}  // namespace

std::vector<Mount> read_mounts(const std::filesystem::path& sysroot) {
  std::vector<Mount> mounts;
  std::istringstream lines(read_plain(sysroot / "proc/self/mountinfo", kMaxMountTable));
  for (std::string line; std::getline(lines, line);) {
    if (auto mount = parse_mount(line)) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

const Mount* find_mount(const std::vector<Mount>& mounts, const std::filesystem::path& path) {
  const Mount* found = nullptr;
  for (const auto& mount : mounts) {
    if (!lies_below(path, mount.point)) continue;
    if (found == nullptr || mount.point.size() >= found->point.size()) found = &mount;
  }
  return found;
}

StorageClass storage_of(const std::vector<Mount>& mounts, const Mount& mount) {
  const auto storage = class_of(mount.kind);
  if (storage != StorageClass::layered || mount.upper.empty()) return storage;
  // Where the layer is out of sight, as a container's is, its path leads back to the overlay, or nowhere.
  const auto* const layer = find_mount(mounts, mount.upper);
  const bool in_memory = layer != nullptr && class_of(layer->kind) == StorageClass::memory;
  return in_memory ? StorageClass::memory : StorageClass::layered;
}

std::string file_system_uuid(const std::filesystem::path& sysroot, const Mount& mount) {
  const auto device = device_name(sysroot, mount);
  if (device.empty()) return {};
  const auto all = sysroot / "dev/disk/by-uuid";
  for (const auto& uuid : names_in(all)) {
    std::error_code problem;
    if (std::filesystem::read_symlink(all / uuid, problem).filename() == device && !problem) return uuid;
  }
  return {};
}

}  // namespace holdfast::fingerprint
