#include "device/trust/machine.hpp"

#include <utility>

#include "device/trust/factors.hpp"

namespace holdfast::trust {

Result<MachineSurvey> survey_machine(const std::string& sysroot, const std::string& credential_file,
                                     const std::string& program_folder) {
  TRY_LET(auto machine, fingerprint::collect(reading_of(sysroot, credential_file, program_folder)),
          "collect attributes");
  auto plan = fingerprint::plan_quorum(machine, {});
  return MachineSurvey{std::move(machine), std::move(plan)};
}

}  // namespace holdfast::trust
