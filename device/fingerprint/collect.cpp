#include "device/fingerprint/collect.hpp"

#include <sys/stat.h>

#include <utility>

#include "core/file.hpp"
#include "device/fingerprint/credential.hpp"
#include "device/fingerprint/credential_file.hpp"
#include "device/fingerprint/group.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

// The file names programs that this process, perhaps root, runs.
Result<void> check_not_writable_by_others(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & S_IWOTH) != 0) {
    return Error(ErrorCode::refused, "credential file '" + file.string() +
                                         "' is writable by every account; take that right away (chmod o-w)");
  }
  return {};
}

Result<CredentialFile> load_credential_file(const std::filesystem::path& file) {
  TRY(check_not_writable_by_others(file), "check credential file");
  TRY_LET(const auto bytes, read_file(file, kMaxCredentialFile), "read credential file");
  return parse_credential_file(bytes, file.string());
}

}  // namespace

std::vector<Native> read_natives(const std::filesystem::path& sysroot, const Platform& platform) {
  std::vector<Native> natives;
  read_dmi(sysroot, natives);
  read_device_tree(sysroot, natives);
  read_processor(sysroot, natives);
  read_network(sysroot, natives);
  const auto disks = read_disks(sysroot, natives);
  read_software(sysroot, disks, natives);
  if (platform.kind == PlatformKind::bare_metal) return natives;
  for (auto& native : natives) {
    native.attribute.attribute_class = AttributeClass::declared;
    native.attribute.bits = 0;
  }
  return natives;
}

Result<Fingerprint> collect(const CollectOptions& options) {
  Fingerprint fingerprint;
  fingerprint.platform = detect_platform(options.sysroot);
  auto natives = read_natives(options.sysroot, fingerprint.platform);
  std::vector<Attribute> named;
  if (options.credential_file) {
    TRY_LET(const auto file, load_credential_file(*options.credential_file), "load credential file");
    const CredentialContext context{options.sysroot, options.credential_file->string(), fingerprint.platform.kind};
    TRY_LET(named, read_credentials(file, context, natives), "read named attributes");
  }
  for (auto& native : natives) fingerprint.attributes.push_back(std::move(native.attribute));
  for (auto& attribute : named) fingerprint.attributes.push_back(std::move(attribute));
  assign_groups(fingerprint.attributes);
  return fingerprint;
}

}  // namespace holdfast::fingerprint
