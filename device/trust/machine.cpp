#include "device/trust/machine.hpp"

#include <utility>

#include "device/anchor/create.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/profile_file.hpp"

namespace holdfast::trust {

Result<MachineSurvey> survey_machine(const std::string& sysroot, const std::string& credential_file,
                                     const std::string& profile) {
  TRY_LET(const auto rules,
          find_profile(profile.empty() ? std::string(kDefaultProfile) : profile, site_profile_folder()),
          "read profile");
  TRY_LET(auto machine, fingerprint::collect(reading_of(sysroot, credential_file, "")), "collect attributes");
  fingerprint::QuorumRequest request;
  request.floor = anchor::entropy_floor(rules.module);
  auto plan = fingerprint::plan_quorum(machine, request);
  return MachineSurvey{std::move(machine), std::move(plan), request.floor};
}

}  // namespace holdfast::trust
