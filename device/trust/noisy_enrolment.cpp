#include "device/trust/noisy_enrolment.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.hpp"

namespace holdfast::trust {
namespace {

using fingerprint::NoisyReading;

NoisyReading copy_of(const NoisyReading& reading) {
  return {.name = reading.name,
          .source = reading.source,
          .physical = reading.physical,
          .only_root_reads = reading.only_root_reads,
          .required = reading.required,
          .errors = reading.errors,
          .state = reading.state,
          .reason = reading.reason,
          .response = SecretBytes::copy_of(reading.response.expose(SecretAccess{}))};
}

}  // namespace

Result<anchor::NoisyEnrolment> enrol_noisy_source(const fingerprint::Fingerprint& machine,
                                                  const fingerprint::CollectOptions& reading) {
  if (machine.noisy.empty()) {
    return Error(ErrorCode::usage,
                 "there is no noisy source to enrol; name one in a credential file (--credfile F) with the type puf");
  }
  std::vector<NoisyReading> readings;
  readings.push_back(copy_of(machine.noisy.front()));
  const bool present = machine.noisy.front().state == fingerprint::AttributeState::present;
  while (present && readings.size() < anchor::kEnrolmentReadings) {
    TRY_LET(auto again, fingerprint::read_noisy_again(reading), "read noisy source");
    const auto same = std::ranges::find(again, readings.front().source, &NoisyReading::source);
    if (same == again.end()) {
      return Error(ErrorCode::refused, "the credential file changed while the noisy source '" +
                                           printable(readings.front().name) + "' was being read; try again");
    }
    readings.push_back(std::move(*same));
  }
  if (!present) readings.push_back(copy_of(machine.noisy.front()));  // nothing to compare: the refusal has the reason
  return anchor::enrol_noisy(readings);
}

}  // namespace holdfast::trust
