// Internal to this folder: enrolling a noisy source, for devices that are made and for those that there are.
#pragma once

#include "device/anchor/noisy_factor.hpp"
#include "device/fingerprint/collect.hpp"

namespace holdfast::trust {

/// Enrols the noisy source of `machine`, whose reading is the first of anchor::kEnrolmentReadings; the others are read
/// now. ErrorCode::usage where there is none; ErrorCode::refused where it does not serve.
[[nodiscard]] Result<anchor::NoisyEnrolment> enrol_noisy_source(const fingerprint::Fingerprint& machine,
                                                                const fingerprint::CollectOptions& reading);

}  // namespace holdfast::trust
