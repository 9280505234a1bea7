#include "device/trust/machine.hpp"

#include <utility>

#include "device/fingerprint/collect.hpp"

namespace holdfast::trust {

Result<MachineSurvey> survey_machine(const std::string& sysroot, const std::string& credential_file) {
  fingerprint::CollectOptions options;
  options.sysroot = sysroot;
  if (!credential_file.empty()) options.credential_file = credential_file;
  TRY_LET(auto machine, fingerprint::collect(options), "collect attributes");
  auto plan = fingerprint::plan_quorum(machine, {});
  return MachineSurvey{std::move(machine), std::move(plan)};
}

}  // namespace holdfast::trust
