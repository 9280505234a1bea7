#include "device/fingerprint/collect.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "core/file.hpp"
#include "device/fingerprint/credential.hpp"
#include "device/fingerprint/credential_file.hpp"
#include "device/fingerprint/group.hpp"
#include "device/fingerprint/noisy.hpp"
#include "device/fingerprint/sources.hpp"
#include "device/fingerprint/trusted_path.hpp"

namespace holdfast::fingerprint {
namespace {

Result<CredentialFile> load_credential_file(const std::filesystem::path& file) {
  // It names programs that this process, perhaps root, runs: whoever can write it chooses their arguments.
  TRY_LET(const auto bytes, read_trusted_file(file, kMaxCredentialFile, "credential file"), "read credential file");
  if (const auto unsafe = find_unsafe_folder(file); !unsafe.empty()) {
    return Error(ErrorCode::refused, "credential file '" + file.string() + "' could be replaced: " + unsafe);
  }
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
  std::error_code problem;
  if (!std::filesystem::is_directory(options.sysroot, problem)) {
    return Error(ErrorCode::not_found,
                 "there is no folder '" + options.sysroot.string() + "' to read this machine's attributes below");
  }
  Fingerprint fingerprint;
  fingerprint.platform = detect_platform(options.sysroot);
  auto natives = read_natives(options.sysroot, fingerprint.platform);
  std::vector<Attribute> named;
  if (options.credential_file) {
    TRY_LET(const auto file, load_credential_file(*options.credential_file), "load credential file");
    const CredentialContext context{options.sysroot, options.credential_file->string(), fingerprint.platform.kind,
                                    options.program_folder};
    TRY_LET(named, read_credentials(file, context, natives), "read named attributes");
    TRY_LET(fingerprint.noisy, read_noisy(file, context), "read noisy sources");
  }
  for (auto& native : natives) fingerprint.attributes.push_back(std::move(native.attribute));
  for (auto& attribute : named) fingerprint.attributes.push_back(std::move(attribute));
  assign_groups(fingerprint.attributes);
  return fingerprint;
}

Result<std::vector<NoisyReading>> read_noisy_again(const CollectOptions& options) {
  if (!options.credential_file) return std::vector<NoisyReading>();
  TRY_LET(const auto file, load_credential_file(*options.credential_file), "load credential file");
  return read_noisy(file, {.file_name = options.credential_file->string(), .program_folder = options.program_folder});
}

}  // namespace holdfast::fingerprint
