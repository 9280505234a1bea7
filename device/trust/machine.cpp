#include "device/trust/machine.hpp"

#include <utility>

#include "device/anchor/create.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/profile_file.hpp"

namespace holdfast::trust {

Result<MachineSurvey> survey_machine(const SurveyOptions& options) {
  const auto profile = options.profile.empty() ? std::string(kDefaultProfile) : options.profile;
  TRY_LET(const auto rules, find_profile(profile, site_profile_folder()), "read profile");
  const auto reading = reading_of(options.sysroot, options.credential_file, options.program_folder);
  TRY_LET(auto machine, fingerprint::collect(reading), "collect attributes");
  fingerprint::QuorumRequest request;
  request.floor = anchor::entropy_floor(rules.module);
  auto plan = fingerprint::plan_quorum(machine, request);
  return MachineSurvey{std::move(machine), std::move(plan), request.floor};
}

}  // namespace holdfast::trust
