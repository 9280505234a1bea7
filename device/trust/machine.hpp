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

struct SurveyOptions {
  std::string sysroot = "/";
  // Without initialisers GCC would warn of callers that name only some members.
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string credential_file = {};  ///< empty for none
  std::string program_folder = {};   ///< as in OpenOptions
  std::string profile = {};          ///< whose floor counts; empty for the usual one
  // NOLINTEND(readability-redundant-member-init)
};

/// Reads the attributes below `sysroot`, and those of the credential file. What cannot be read is part of the result.
/// ErrorCode::not_found where `sysroot` is no folder or there is no such profile; ErrorCode::malformed or
/// ErrorCode::refused for a credential file or profile that cannot be used, such as one with a program outside the
/// program folder. Safe in several threads.
[[nodiscard]] Result<MachineSurvey> survey_machine(const SurveyOptions& options);

}  // namespace holdfast::trust
