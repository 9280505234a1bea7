// Noisy physical sources as factors: enrolling them, and making the same secret of a later reading.
#pragma once

#include "device/anchor/present.hpp"
#include "device/anchor/slot.hpp"
#include "device/fingerprint/attribute.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::anchor {

/// What an anchor does with a noisy source.
enum class NoisyRole {
  none,      ///< nothing
  required,  ///< the fingerprint slot opens with it alone, beside its other factors
  slot,      ///< it opens the anchor by itself, in a slot of its own
};

/// The type of the event that tells of an enrolment.
inline constexpr std::string_view kNoisyEnrolled = "noisy-source-enrolled";

/// How many readings an enrolment compares, one after the other.
inline constexpr std::size_t kEnrolmentReadings = 8;
/// Percent of bits with which an enrolment reckons at least, where the operator does not say how many may differ: cold,
/// heat and years flip more than a few readings on one day show.
inline constexpr unsigned kUsualNoisyErrors = 15;
/// The largest helper data that an anchor keeps, in bytes.
inline constexpr std::size_t kMaxNoisyHelper = std::size_t{256} * 1024;

[[nodiscard]] Json to_json(const NoisyFactor& factor);
/// ErrorCode::malformed names `what` and the member.
[[nodiscard]] Result<NoisyFactor> parse_noisy_factor(const Json& json, const std::string& what);

/// The code and the choice of cells, for people: "rep19-golay23, on all cells".
[[nodiscard]] std::string code_of(const NoisyFactor& factor);

/// A new factor, and the numbers that its owner should see.
struct NoisyEnrolment {
  NoisyFactor factor;
  double measured = 0;       ///< upper bound of the share of bits that differ between two of the readings
  double reckoned = 0;       ///< share of bits that may differ in future
  double residual_bits = 0;  ///< min-entropy of the secret, given the helper data
  std::size_t readings = 0;
};

/// Enrols the first of `readings`, which are of one source, with a code for the errors between all of them and those
/// that the operator reckons with. ErrorCode::refused, with the numbers and what to do, for a source that cannot be
/// read, is too noisy, too short, or leaves less than puf::kLeastResidualBits.
[[nodiscard]] Result<NoisyEnrolment> enrol_noisy(const std::vector<fingerprint::NoisyReading>& readings);

/// The numbers in one sentence, for people.
[[nodiscard]] std::string words_for(const NoisyEnrolment& enrolment);

/// The same cells and code with another codeword and fresh salts, and so another secret. Only for a source that has
/// just been shown to give the secret of `factor`. ErrorCode::refused where it cannot be read.
[[nodiscard]] Result<NoisyFactor> enrol_noisy_again(const NoisyFactor& factor,
                                                    const fingerprint::Fingerprint& fingerprint);

/// The same helper data, and so the same secret, with a fresh salt.
[[nodiscard]] Result<NoisyFactor> renew_noisy(const NoisyFactor& factor);

/// The source's reading where it is present and long enough, else nullptr. Points into `fingerprint`.
[[nodiscard]] const fingerprint::NoisyReading* find_present(const fingerprint::Fingerprint& fingerprint,
                                                            const NoisyFactor& factor);
/// For a source that find_present does not find. With an empty reason where no credential file names it any more.
[[nodiscard]] Missing explain_missing(const fingerprint::Fingerprint& fingerprint, const NoisyFactor& factor);

/// The secret of this reading: that of the enrolment, or another one, which nothing here tells apart.
[[nodiscard]] Result<SecretBytes> noisy_secret(const NoisyFactor& factor, const fingerprint::NoisyReading& reading);
/// What the stretching takes of it: bound to the factor's name, source and salt.
[[nodiscard]] Result<SecretBytes> noisy_key(const NoisyFactor& factor, const fingerprint::NoisyReading& reading);

}  // namespace holdfast::anchor
