#include "device/trust/create_device.hpp"

#include <system_error>
#include <utility>

#include "device/fingerprint/quorum.hpp"
#include "device/trust/anchored_device.hpp"
#include "device/trust/delivery.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/noisy_enrolment.hpp"
#include "device/trust/profile_file.hpp"

namespace holdfast::trust {
namespace {

Result<void> choose_profile(const CreateOptions& options, anchor::CreateRequest& request) {
  if (!options.profile) return {};
  // Read now: a device that nobody can use with its own profile must not be made.
  TRY_LET(auto profile, find_profile(*options.profile, site_profile_folder()), "read profile");
  request.module = profile.module;
  // Empty for the usual one, as anchor files have it.
  if (profile.name != kDefaultProfile) request.profile = std::move(profile.name);
  return crypto::load_module(request.module);
}

Result<fingerprint::QuorumPlan> plan_for(const CreateOptions& options, const fingerprint::Fingerprint& machine,
                                         const anchor::CreateRequest& making) {
  const bool strong = making.passphrase != nullptr || options.low_entropy == LowEntropy::accepted;
  fingerprint::QuorumRequest request;
  request.quorum = options.quorum;
  request.required = options.required;
  request.participants = options.participants;
  request.max_subsets = strong ? anchor::kMaxSubsetsStrong : anchor::kMaxSubsets;
  request.floor = anchor::entropy_floor(making.module);
  return fingerprint::plan_quorum(machine, request);
}

// Last of all that reads the machine, since it reads the source several times.
Result<void> enrol_noisy(const CreateOptions& options, const fingerprint::CollectOptions& reading,
                         anchor::CreateRequest& request) {
  const auto& noisy = request.fingerprint->noisy;
  const auto usual = noisy.empty() || !noisy.front().required.value_or(true) ? NoisyRole::none : NoisyRole::required;
  request.noisy_role = options.noisy.value_or(usual);
  if (request.noisy_role == NoisyRole::none) return {};
  const crypto::ModuleScope scope(request.module);
  TRY_LET(request.noisy, enrol_noisy_source(*request.fingerprint, reading), "enrol noisy source");
  return {};
}

Result<DeviceInfo> make(const CreateOptions& options, anchor::CreateRequest& request) {
  Delivery delivery(options.recovery);
  if (options.recovery.deliver) {
    request.deliver_recovery_code = [&delivery](const SecretBytes& code) { return delivery.deliver(code); };
  }
  TRY_LET(const auto folder, anchor::StateFolder::create(options.folder, options.group), "make state folder");
  auto made = anchor::create_anchor(folder, request);
  // Also where only the last sync failed: an anchor that is in place must not lose its code.
  std::error_code ignored;
  if (made.ok() || std::filesystem::exists(std::filesystem::symlink_status(folder.anchor_file(), ignored))) {
    delivery.keep();
  }
  TRY_LET(const auto file, std::move(made), "create anchor");
  return describe_anchor(folder, file);
}

}  // namespace

Result<DeviceInfo> create_device(const CreateOptions& options) {
  anchor::CreateRequest request;
  request.sysroot = absolute_path(options.sysroot);
  request.credential_file = absolute_path(options.credential_file);
  request.made_by = options.made_by;
  request.low_entropy = options.low_entropy;
  request.only_named_attributes = options.participants == Participants::named;
  request.migration = options.migration;
  request.clock = options.clock;
  request.progress = options.progress;
  TRY(choose_profile(options, request), "choose profile");

  const auto reading = reading_of(request.sysroot, request.credential_file, options.program_folder);
  TRY_LET(const auto machine, fingerprint::collect(reading), "collect attributes");
  request.fingerprint = &machine;
  request.read_again = [&reading] { return fingerprint::collect(reading); };
  std::optional<SecretBytes> passphrase;
  if (options.passphrase) {
    TRY_LET(passphrase, options.passphrase(), "get passphrase");
    request.passphrase = &*passphrase;
  }
  TRY_LET(request.plan, plan_for(options, machine, request), "plan quorum");
  TRY(enrol_noisy(options, reading, request), "enrol noisy source");
  // Before the folder is made, so that a refusal leaves nothing behind.
  TRY(anchor::check_entropy(request.plan, request.passphrase, request.low_entropy,
                            anchor::entropy_floor(request.module), request.required_noisy()),
      "check entropy");
  TRY_LET(auto info, make(options, request), "make device");
  warn_of_uncounted(info, machine);
  return info;
}

}  // namespace holdfast::trust
