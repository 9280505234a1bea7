#include "device/trust/factors.hpp"

#include <filesystem>
#include <system_error>

#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/present.hpp"

namespace holdfast::trust {

std::vector<FactorInfo> factors_of(const std::vector<anchor::SlotAttribute>& attributes) {
  std::vector<FactorInfo> factors;
  factors.reserve(attributes.size());
  for (const auto& a : attributes) factors.push_back({a.name, a.source, a.attribute_class, a.bits});
  return factors;
}

fingerprint::CollectOptions reading_of(const std::string& sysroot, const std::string& credential_file,
                                       const std::string& program_folder) {
  fingerprint::CollectOptions options;
  options.sysroot = sysroot;
  if (!credential_file.empty()) options.credential_file = credential_file;
  options.program_folder = absolute_path(program_folder);
  return options;
}

Result<fingerprint::Fingerprint> read_again(const std::string& sysroot, const std::string& credential_file,
                                            const OpenOptions& options) {
  std::error_code problem;
  if (!std::filesystem::is_directory(sysroot, problem)) {
    return Error(ErrorCode::does_not_open, "the folder '" + sysroot +
                                               "', below which this device reads the machine's attributes, is not "
                                               "there");
  }
  const bool other = !options.credential_file.empty();
  auto collected = fingerprint::collect(
      reading_of(sysroot, other ? options.credential_file : credential_file, options.program_folder));
  if (collected.ok() || credential_file.empty() || other) return collected;
  return Error(collected.error().code(),
               "with the credential file that this device was made with: " + collected.error().message());
}

std::vector<std::string> missing_of(const fingerprint::Fingerprint& machine,
                                    const std::vector<anchor::SlotAttribute>& attributes) {
  std::vector<std::string> names;
  for (const auto& attribute : attributes) {
    if (anchor::find_present(machine, attribute) == nullptr) names.push_back(attribute.name);
  }
  return names;
}

std::string absolute_path(const std::string& path) {
  if (path.empty()) return "";
  std::error_code problem;
  return std::filesystem::absolute(path, problem).string();
}

std::optional<SharingInfo> sharing_of(const anchor::StateFolder& folder) {
  const auto& group = folder.group();
  if (!group) return std::nullopt;
  return SharingInfo{name_of_group(group->id), group->may_write};
}

std::optional<NoisyInfo> noisy_of(const anchor::AnchorFile& file) {
  const auto* const noisy = file.noisy();
  if (noisy == nullptr) return std::nullopt;
  return NoisyInfo{.name = noisy->name,
                   .source = noisy->source,
                   .code = anchor::code_of(*noisy),
                   .physical = noisy->physical,
                   .alone = file.puf_slot() != nullptr};
}

std::optional<std::string> noisy_problem_of(const anchor::AnchorFile& file, const fingerprint::Fingerprint& machine) {
  const auto* const noisy = file.noisy();
  if (noisy == nullptr) return std::nullopt;
  if (anchor::find_present(machine, *noisy) != nullptr) return "";
  auto reason = anchor::explain_missing(machine, *noisy).reason;
  return reason.empty() ? "no credential file names it any more" : reason;
}

void warn_of_uncounted(DeviceInfo& info, const fingerprint::Fingerprint& machine) {
  for (const auto& a : machine.attributes) {
    if (!a.named_by_operator || a.state == fingerprint::AttributeState::present) continue;
    info.assurance.warnings.push_back("the attribute '" + a.name + "' does not count: " + a.reason);
  }
}

}  // namespace holdfast::trust
