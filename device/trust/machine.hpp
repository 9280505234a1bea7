// What the machine can be told by, for people who want to see it before they make a device.
#pragma once

#include "core/result.hpp"
#include "device/fingerprint/attribute.hpp"
#include "device/fingerprint/quorum.hpp"

#include <string>

namespace holdfast::trust {

using fingerprint::Attribute;
using fingerprint::AttributeState;
using fingerprint::Fingerprint;
using fingerprint::kEntropyFloor;
using fingerprint::Platform;
using fingerprint::QuorumPlan;

/// A machine's attributes, with their values, and how a device would be made of them.
struct MachineSurvey {
  Fingerprint fingerprint;
  Result<QuorumPlan> plan;  ///< an error where they are not enough to plan with
  unsigned floor = 0;       ///< the fewest bits that the weakest quorum must hold
};

/// Reads the attributes below `sysroot`, and those of a credential file where that is not empty. What cannot be read
/// is part of the result. The floor is that of the security profile, which is the usual one where none is named.
/// ErrorCode::not_found where `sysroot` is no folder or there is no such profile; ErrorCode::malformed or
/// ErrorCode::refused for a credential file or profile that cannot be used. Safe in several threads.
[[nodiscard]] Result<MachineSurvey> survey_machine(const std::string& sysroot, const std::string& credential_file,
                                                   const std::string& profile = {});

}  // namespace holdfast::trust
