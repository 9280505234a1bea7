#include "device/trust/create_stateless.hpp"

#include <utility>

#include "device/anchor/stateless.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/stateless_device.hpp"
#include "device/trust/stateless_provider.hpp"

namespace holdfast::trust {
namespace {

Result<anchor::StatelessRequest> begin(const StatelessOptions& options) {
  anchor::StatelessRequest request;
  request.attributes = options.attributes;
  request.participants = options.participants;
  request.device_salt = options.device_salt;
  request.low_entropy = options.low_entropy;
  request.sysroot = absolute_path(options.sysroot);
  request.credential_file = absolute_path(options.credential_file);
  // Read now: a device that nobody can use with its own profile must not be made.
  TRY_LET(auto profile, find_profile(options.profile.value_or(std::string(kDefaultProfile)), site_profile_folder()),
          "read profile");
  if (profile.module != crypto::Module::standard) {
    return Error(ErrorCode::refused, "the profile '" + profile.name +
                                         "' asks for the FIPS provider, which has no Argon2id, and a stateless root "
                                         "needs that; make an anchor instead");
  }
  request.profile = std::move(profile.name);
  return request;
}

}  // namespace

Result<DeviceInfo> create_stateless_device(const StatelessOptions& options) {
  TRY_LET(auto request, begin(options), "read options");
  const crypto::ModuleScope scope(crypto::Module::standard);
  const auto reading = reading_of(request.sysroot, request.credential_file, options.program_folder);
  TRY_LET(const auto machine, fingerprint::collect(reading), "collect attributes");
  request.fingerprint = &machine;
  request.read_again = [&reading] { return fingerprint::collect(reading); };
  TRY_LET(const auto made, anchor::make_stateless(request), "derive root");
  TRY_LET(const auto folder, anchor::StateFolder::create(options.folder, options.group), "make state folder");
  TRY(anchor::store_stateless(folder, made), "store configuration");
  auto info = describe_stateless(folder.path(), made.config);
  info.shared_with = sharing_of(folder);
  warn_of_uncounted(info, machine);
  return info;
}

Result<DerivedDevice> derive_stateless_device(const StatelessOptions& options, const BeginSearch& search) {
  TRY_LET(auto request, begin(options), "read options");
  const crypto::ModuleScope scope(crypto::Module::standard);
  const auto reading = reading_of(request.sysroot, request.credential_file, options.program_folder);
  TRY_LET(const auto machine, fingerprint::collect(reading), "collect attributes");
  request.fingerprint = &machine;
  TRY_LET(auto made, anchor::make_stateless(request), "derive root");
  auto info = describe_stateless({}, made.config);
  warn_of_uncounted(info, machine);
  return DerivedDevice{make_stateless_provider(std::move(made), search), std::move(info)};
}

}  // namespace holdfast::trust
