#include "device/fingerprint/origin.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <system_error>

#include "core/text.hpp"
#include "device/fingerprint/mounts.hpp"
#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUninitialized = "uninitialized";
// What cloud-init notes when it found no cloud, which a network failure at boot can make of any instance.
constexpr std::string_view kNoCloud = "iid-datasource-none";

constexpr std::size_t kGenerationIdOffset = 40;
constexpr std::size_t kGenerationIdSize = 16;

constexpr std::size_t kMaxOsRelease = std::size_t{64} * 1024;
constexpr std::size_t kMaxImageWord = 256;

// The first of the files that has a value, normalised.
SecretBytes value_in(const fs::path& sysroot, std::initializer_list<std::string_view> files) {
  for (const auto file : files) {
    const auto reading = read_value(sysroot / file);
    if (reading.outcome != ReadOutcome::read) continue;
    Attribute attribute;
    set_value(attribute, reading, ValueFormat::text, std::string(file));
    if (attribute.state == AttributeState::present) return std::move(attribute.value);
  }
  return {};
}

bool is(const SecretBytes& value, std::string_view text) { return as_text(value.expose(SecretAccess{})) == text; }

// QEMU hands it to the firmware as a file, which Linux shows to root: a page with the id in it. The drivers of Linux
// for other hypervisors keep the id to themselves.
SecretBytes read_generation_id(const fs::path& sysroot) {
  const auto reading = read_value(sysroot / "sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw");
  const auto page = reading.raw.expose(SecretAccess{});
  if (reading.outcome != ReadOutcome::read || page.size() < kGenerationIdOffset + kGenerationIdSize) return {};
  const auto id = page.subspan(kGenerationIdOffset, kGenerationIdSize);
  if (std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; })) return {};
  return SecretBytes::copy_of(id);
}

bool is_there(const fs::path& file) {
  std::error_code problem;
  return fs::exists(file, problem);
}

bool is_link(const fs::path& file) {
  std::error_code problem;
  return fs::is_symlink(fs::symlink_status(file, problem));
}

// systemd gives every system a machine-id at its first boot. Others do without.
bool lacks_machine_id(const fs::path& sysroot) {
  const auto text = read_plain(sysroot / "etc/machine-id");
  if (const auto id = trimmed(text); !id.empty()) return id == kUninitialized;
  return is_there(sysroot / "usr/lib/systemd/systemd") || is_there(sysroot / "lib/systemd/systemd");
}

// A system whose root cannot be written has another machine-id after each boot, in memory.
bool is_lasting(const fs::path& sysroot, const std::vector<Mount>& mounts) {
  const auto* const mount = find_mount(mounts, "/etc/machine-id");
  return mount != nullptr && storage_of(mounts, *mount) == StorageClass::disk && !is_link(sysroot / "etc/machine-id");
}

void read_machine_id(Origin& origin, const fs::path& sysroot, const std::vector<Mount>& mounts) {
  origin.no_machine_id = lacks_machine_id(sysroot);
  if (!origin.no_machine_id && is_lasting(sysroot, mounts)) origin.machine_id = value_in(sysroot, {"etc/machine-id"});
}

void read_folder(Origin& origin, const fs::path& sysroot, const fs::path& folder, const std::vector<Mount>& mounts) {
  std::error_code problem;
  const auto real = fs::canonical(folder, problem);
  struct stat info{};
  if (problem || ::stat(real.c_str(), &info) != 0) return;
  const auto* const mount = find_mount(mounts, real);
  if (mount == nullptr || storage_of(mounts, *mount) != StorageClass::disk) return;
  origin.folder = info.st_ino;
  origin.file_system = SecretBytes::copy_of(as_bytes(file_system_uuid(sysroot, *mount)));
}

// Without its quotation marks. What os-release says elsewhere about escapes does not occur in these words.
std::string_view unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != value.back()) return value;
  if (value.front() != '"' && value.front() != '\'') return value;
  return value.substr(1, value.size() - 2);
}

void read_image(Origin& origin, const fs::path& sysroot) {
  auto text = read_plain(sysroot / "etc/os-release", kMaxOsRelease);
  if (text.empty()) text = read_plain(sysroot / "usr/lib/os-release", kMaxOsRelease);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto sign = line.find('=');
    if (sign == std::string::npos) continue;
    const auto name = std::string_view(line).substr(0, sign);
    const auto value = printable(unquoted(std::string_view(line).substr(sign + 1)), kMaxImageWord);
    if (name == "IMAGE_ID") origin.image_id = value;
    if (name == "IMAGE_VERSION") origin.image_version = value;
    if (name == "BUILD_ID") origin.build_id = value;
  }
}

// Some engines tell of themselves only in the environment of the first process, which root alone reads.
std::optional<PlatformKind> platform_of(const fs::path& sysroot) {
  const auto kind = detect_platform(sysroot).kind;
  const auto environment = sysroot / "proc/1/environ";
  if (kind != PlatformKind::container && is_there(environment) && ::access(environment.c_str(), R_OK) != 0) {
    return std::nullopt;
  }
  return kind;
}

// Only root may ask, and in a container the first process may live elsewhere.
bool is_in_chroot(const fs::path& sysroot) {
  struct stat ours{};
  struct stat first{};
  if (::stat(sysroot.c_str(), &ours) != 0 || ::stat((sysroot / "proc/1/root").c_str(), &first) != 0) return false;
  return ours.st_dev != first.st_dev || ours.st_ino != first.st_ino;
}

}  // namespace

Origin gather_origin(const fs::path& sysroot, const fs::path& folder) {
  const auto mounts = read_mounts(sysroot);
  Origin origin;
  origin.platform = platform_of(sysroot);
  origin.generation_id = read_generation_id(sysroot);
  origin.cloud_instance = value_in(sysroot, {"var/lib/cloud/data/instance-id", "run/cloud-init/.instance-id"});
  if (is(origin.cloud_instance, kNoCloud)) origin.cloud_instance = {};
  read_machine_id(origin, sysroot, mounts);
  read_folder(origin, sysroot, folder, mounts);
  read_image(origin, sysroot);
  origin.in_chroot = origin.platform != PlatformKind::container && is_in_chroot(sysroot);
  return origin;
}

}  // namespace holdfast::fingerprint
