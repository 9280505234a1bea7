// Where an anchor is made, or found again: evidence by which a copy can be told from the original.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/fingerprint/attribute.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::fingerprint {

/// What one machine and one folder looked like at one moment. Whatever is not known, or would be another one after a
/// reboot without any copying, is empty: docs/clones.md has the reasons. Identifiers are normalised.
struct Origin {
  std::optional<PlatformKind> platform;  ///< where this account can tell that it is no container
  SecretBytes generation_id;             ///< of a virtual machine: 16 bytes
  SecretBytes cloud_instance;            ///< the instance id that cloud-init noted
  SecretBytes machine_id;                ///< where it is kept on a disk
  SecretBytes file_system;               ///< UUID of the file system that the state folder is on
  std::optional<std::uint64_t> folder;   ///< the state folder's inode number, where it is kept on a disk
  std::string image_id;                  ///< these three from os-release, safe to show
  std::string image_version;
  std::string build_id;
  bool no_machine_id = false;  ///< this system has not been through its first boot
  bool in_chroot = false;      ///< `sysroot` is not where the first process lives
};

/// Reads it below `sysroot`, but for the state folder itself. Never fails: what cannot be read is not known.
[[nodiscard]] Origin gather_origin(const std::filesystem::path& sysroot, const std::filesystem::path& folder);

}  // namespace holdfast::fingerprint
