#include "device/anchor/noisy_factor.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/kdf.hpp"
#include "crypto/random.hpp"
#include "device/fingerprint/credential_file.hpp"
#include "device/fingerprint/noisy.hpp"
#include "device/puf/analysis.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::AttributeState;
using fingerprint::Fingerprint;
using fingerprint::NoisyReading;

static_assert(fingerprint::kMaxNoisyReading == puf::kMaxResponse);

constexpr std::string_view kPhysical = "physical";
constexpr std::string_view kDeclared = "declared";

std::string shown(const std::string& name) { return "the noisy source '" + printable(name) + "'"; }

Error refused(const NoisyReading& reading, const std::string& why) {
  return {ErrorCode::refused, shown(reading.name) + " cannot be enrolled: " + why};
}

const NoisyReading* find_named(const Fingerprint& fingerprint, const NoisyFactor& factor) {
  const auto found = std::ranges::find_if(
      fingerprint.noisy, [&](const NoisyReading& r) { return r.name == factor.name && r.source == factor.source; });
  return found == fingerprint.noisy.end() ? nullptr : &*found;
}

Result<puf::Readouts> readouts_of(const std::vector<NoisyReading>& readings) {
  puf::Readouts readouts;
  for (const auto& reading : readings) {
    if (reading.state != AttributeState::present) {
      return refused(reading, reading.reason + "; make it available, or leave it out of the credential file");
    }
    if (reading.response.size() != readings.front().response.size()) {
      return refused(reading, "its readings are not of one size; it must give the same cells each time");
    }
    readouts.push_back(SecretBytes::copy_of(reading.response.expose(SecretAccess{})));
  }
  return readouts;
}

// The error of the extractor, which knows numbers but no names.
Error explain(const NoisyReading& reading, const Error& why) {
  if (why.code() != ErrorCode::refused) return why;
  return refused(reading,
                 why.message() +
                     "; see what 'holdfast puf analyse' says of several readings, give more cells, or say with "
                     "\"errors\" in the credential file how many percent of the bits may differ");
}

}  // namespace

Json to_json(const NoisyFactor& factor) {
  return {{"name", factor.name},
          {"source", factor.source},
          {"class", factor.physical ? kPhysical : kDeclared},
          {"only_root_reads", factor.only_root_reads},
          {"salt", to_base64(factor.salt)},
          {"helper", to_base64(puf::serialise_helper_data(factor.helper))}};
}

Result<NoisyFactor> parse_noisy_factor(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  NoisyFactor factor;
  factor.name = reader.text("name", 1024);
  factor.source = reader.text("source", fingerprint::kMaxSourceText);
  const auto stated = reader.text("class", 16);
  factor.physical = stated == kPhysical;
  if (!factor.physical && stated != kDeclared) reader.fail("class", "is not a known class");
  factor.only_root_reads = reader.boolean("only_root_reads");
  factor.salt = reader.base64("salt", kSlotSaltSize, kSlotSaltSize);
  const auto helper = reader.base64("helper", 1, kMaxNoisyHelper);
  TRY(reader.finish(), "parse noisy source");
  TRY_LET(factor.helper, puf::parse_helper_data(helper), "parse helper data");
  return factor;
}

std::string code_of(const NoisyFactor& factor) {
  const bool pairs = factor.helper.rule == puf::SelectionRule::pairs;
  return factor.helper.code.name() + (pairs ? ", on pairs of cells that differ" : ", on all cells");
}

Result<NoisyEnrolment> enrol_noisy(const std::vector<NoisyReading>& readings) {
  if (readings.size() < 2) return Error(ErrorCode::internal, "a noisy source was to be enrolled with one reading");
  const auto& first = readings.front();
  TRY_LET(const auto readouts, readouts_of(readings), "take readings");
  NoisyEnrolment made;
  made.readings = readings.size();
  TRY_LET(made.measured, puf::measure_error_rate(readouts), "measure errors");
  made.reckoned = std::max(made.measured, first.errors.value_or(kUsualNoisyErrors) / 100.0);
  const auto choice = puf::choose_for_all(readouts, {.error_rate = made.reckoned});
  if (!choice.ok()) return explain(first, choice.error());
  auto enrolled = puf::enrol(readouts.front(), *choice);
  if (!enrolled.ok()) return explain(first, enrolled.error());
  TRY_LET(const auto worth, puf::assess(readouts.front(), *choice), "assess noisy source");
  made.residual_bits = worth.residual_bits;
  made.factor.name = first.name;
  made.factor.source = first.source;
  made.factor.physical = first.physical;
  made.factor.only_root_reads = first.only_root_reads;
  made.factor.helper = std::move(enrolled->helper);
  if (puf::serialise_helper_data(made.factor.helper).size() > kMaxNoisyHelper) {
    return refused(first, "its helper data are larger than " + std::to_string(kMaxNoisyHelper) +
                              " bytes; find a steadier or less biased source");
  }
  TRY_LET(made.factor.salt, crypto::random_bytes(kSlotSaltSize), "choose factor salt");
  return made;
}

std::string words_for(const NoisyEnrolment& enrolment) {
  return std::format("{}: {}, from {} readings ({:.1f} % errors seen at most, {:.1f} % reckoned with), {:.0f} bits",
                     printable(enrolment.factor.name), code_of(enrolment.factor), enrolment.readings,
                     100 * enrolment.measured, 100 * enrolment.reckoned, enrolment.residual_bits);
}

Result<NoisyFactor> enrol_noisy_again(const NoisyFactor& factor, const Fingerprint& fingerprint) {
  const auto* const reading = find_present(fingerprint, factor);
  if (reading == nullptr) {
    return Error(ErrorCode::refused,
                 shown(factor.name) + " is not available: " + explain_missing(fingerprint, factor).reason);
  }
  TRY_LET(auto enrolled, puf::enrol_again(reading->response, factor.helper), "enrol again");
  TRY_LET(auto renewed, renew_noisy(factor), "renew salt");
  renewed.helper = std::move(enrolled.helper);
  return renewed;
}

Result<NoisyFactor> renew_noisy(const NoisyFactor& factor) {
  NoisyFactor renewed = factor;
  TRY_LET(renewed.salt, crypto::random_bytes(kSlotSaltSize), "choose factor salt");
  return renewed;
}

const NoisyReading* find_present(const Fingerprint& fingerprint, const NoisyFactor& factor) {
  const auto* const found = find_named(fingerprint, factor);
  const bool usable = found != nullptr && found->state == AttributeState::present &&
                      found->response.size() >= factor.helper.response_size();
  return usable ? found : nullptr;
}

Missing explain_missing(const Fingerprint& fingerprint, const NoisyFactor& factor) {
  const auto* const found = find_named(fingerprint, factor);
  if (found == nullptr) return {printable(factor.name), ""};
  if (found->state != AttributeState::present) return {printable(factor.name), printable(found->reason, 300)};
  return {printable(factor.name), std::format("it gave {} bytes, and {} are needed; is it read whole?",
                                              found->response.size(), factor.helper.response_size())};
}

Result<SecretBytes> noisy_secret(const NoisyFactor& factor, const NoisyReading& reading) {
  return puf::reconstruct(reading.response, factor.helper);
}

Result<SecretBytes> noisy_key(const NoisyFactor& factor, const NoisyReading& reading) {
  TRY_LET(const auto secret, noisy_secret(factor, reading), "make the secret of a noisy source");
  Bytes info = crypto::label("factor");
  append_lp(info, as_bytes(factor.name));
  append_lp(info, as_bytes(factor.source));
  return crypto::hkdf(crypto::join_secrets({secret.expose(SecretAccess{})}), factor.salt, info);
}

}  // namespace holdfast::anchor
