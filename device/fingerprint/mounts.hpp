// The file systems that are mounted, and what can be expected of them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::fingerprint {

/// What becomes of files on a file system.
enum class StorageClass {
  disk,        ///< they stay, and so do the numbers of their inodes
  layered,     ///< an overlay: as durable as its upper layer, which may go with a container
  network,     ///< another machine keeps them, or several machines write to them
  memory,      ///< they are gone after the next boot
  unfamiliar,  ///< nothing is known
};

/// A line of /proc/self/mountinfo.
struct Mount {
  std::string point;   ///< absolute
  std::string kind;    ///< "ext4"
  std::string device;  ///< "8:1"
  std::string source;  ///< "/dev/sda1"
  std::string upper;   ///< of an overlay: the folder of its upper layer; empty otherwise
  bool read_only = false;
};

/// What is mounted, in the order in which it was; none where that cannot be read.
[[nodiscard]] std::vector<Mount> read_mounts(const std::filesystem::path& sysroot);

/// The mount that an absolute path lies on: the deepest one, and of several in one place the last, which hides the
/// others. nullptr where there is none. Points into `mounts`.
[[nodiscard]] const Mount* find_mount(const std::vector<Mount>& mounts, const std::filesystem::path& path);

/// Of an overlay, what can be told of its upper layer counts.
[[nodiscard]] StorageClass storage_of(const std::vector<Mount>& mounts, const Mount& mount);

/// The UUID of the file system, as udev found it on the device; empty where it is not known. Unlike the device's number
/// and statfs(2)'s f_fsid, which for many kinds of file systems is made of that number, it outlasts a boot.
[[nodiscard]] std::string file_system_uuid(const std::filesystem::path& sysroot, const Mount& mount);

}  // namespace holdfast::fingerprint
