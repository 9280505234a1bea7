#include <cmath>
#include <filesystem>
#include <format>
#include <system_error>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/puf_plot.hpp"
#include "apps/holdfast/session.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "device/puf/analysis.hpp"

namespace holdfast::app {
namespace {

using puf::Analysis;
using puf::SelectionRule;

constexpr std::size_t kMaxFile = std::size_t{64} << 20;

Error malformed(const std::string& file, const std::string& why) {
  return {ErrorCode::malformed, "'" + printable(file) + "' " + why};
}

// Adds the readouts in a file. All have the size of the first, which `size` is until then 0.
Result<void> add_readouts(const std::string& file, const PufAnalyseArguments& arguments, std::size_t& size,
                          puf::Readouts& readouts) {
  TRY_LET(auto content, read_secret_file(file, kMaxFile), "read readouts");
  if (content.empty()) return malformed(file, "is empty");
  const auto own = arguments.readout_size.value_or(content.size());
  if (content.size() % own != 0) {
    return malformed(file, std::format("has {} bytes, which are no readouts of {}", content.size(), own));
  }
  if (own > puf::kMaxResponse) {
    return malformed(file, std::format("is a readout of {} bytes, and at most {} are taken; a file with several "
                                       "readouts needs --readout-size",
                                       own, puf::kMaxResponse));
  }
  if (size == 0) size = own;
  if (own != size) {
    return malformed(file, std::format("has {} bytes, and '{}' {}; readouts are of one size", own,
                                       printable(arguments.readouts.front()), size));
  }
  const auto bytes = content.expose(SecretAccess{});
  for (std::size_t at = 0; at < bytes.size(); at += own) {
    readouts.push_back(SecretBytes::copy_of(bytes.subspan(at, own)));
    if (readouts.size() > puf::kMostReadouts) return malformed(file, "brings too many readouts; up to 256 are taken");
  }
  return {};
}

struct Devices {
  puf::Readouts own;
  std::vector<puf::Readouts> others;
};

Result<Devices> read_devices(const PufAnalyseArguments& arguments) {
  Devices devices;
  std::size_t size = 0;
  for (const auto& file : arguments.readouts) TRY(add_readouts(file, arguments, size, devices.own), "read readouts");
  if (devices.own.size() < 2) {
    return Error(ErrorCode::usage,
                 "one readout says nothing about errors: give at least two files, or --readout-size where the file "
                 "holds several");
  }
  for (const auto& file : arguments.others) {
    devices.others.emplace_back();
    TRY(add_readouts(file, arguments, size, devices.others.back()), "read readouts of another device");
  }
  return devices;
}

std::string percent(double share) { return std::format("{:.2f} %", 100 * share); }

std::string row(std::string_view name, std::string_view value) { return std::format("{:<17}{}\n", name, value); }

std::string entropy_of(const Analysis& a) {
  auto text = std::format("{:.3f} bits for each cell (by the commoner value {:.3f}", a.min_entropy_per_bit,
                          puf::min_entropy_of(a.cells.by_value));
  if (a.cells.by_lag > a.cells.by_value) {
    text += std::format(", from the cell {} before {:.3f}", a.cells.lag, puf::min_entropy_of(a.cells.by_lag));
  }
  if (a.by_others) text += std::format(", from the other devices {:.3f}", puf::min_entropy_of(a.by_others->cell));
  return text + ")";
}

std::string code_text(const Analysis& a) {
  if (!a.choice) return "none";
  const bool pairs = a.choice->rule == SelectionRule::pairs;
  return a.choice->code.name() + (pairs ? ", on pairs of cells that differ (von Neumann)" : ", on all cells");
}

std::size_t bits_needed(const Analysis& a) {
  return a.assessment ? a.assessment->response_bytes * 8 : a.choice->code.cells();
}

std::string failure_text(double log10_failure) {
  if (log10_failure < -300) return "less than 1e-300";
  return std::format("{:.1e}", std::pow(10, log10_failure));
}

std::string text_of(const Analysis& a, double target) {
  auto text = row("Readouts", std::format("{}, of {} bits each", a.readouts, a.bytes * 8));
  text += row("Bias", percent(a.ones) + " ones");
  text += row("Bit error rate", std::format("{} mean, {} worst pair; reckoned with {}", percent(a.within.mean),
                                            percent(a.within.greatest), percent(a.error_rate)));
  if (a.between) {
    text += row("Other devices",
                std::format("{}; {} of bits differ on average, {} at least, {} at most", a.devices - 1,
                            percent(a.between->mean), percent(a.between->least), percent(a.between->greatest)));
  }
  text += row("Min-entropy", entropy_of(a));
  text += row("Code", code_text(a));
  if (a.choice) {
    text += row("Bits needed", std::format("{} of {}", bits_needed(a), a.bytes * 8));
    text += row("Failure rate", std::format("at most {} (target {:.0e})", failure_text(a.log10_failure), target));
  }
  if (a.assessment) {
    text += row("Secret", std::format("{:.0f} bits of min-entropy given the helper data ({:.0f} are needed)",
                                      std::floor(a.assessment->residual_bits), puf::kLeastResidualBits));
  }
  const auto verdict = a.acceptable() ? paint(Colour::good, "would be accepted")
                                      : paint(Colour::bad, "would be refused") + ": " + a.refusal;
  return text + row("Enrolment", verdict);
}

Json to_json(const puf::Distances& distances) {
  return {{"mean", distances.mean}, {"least", distances.least}, {"greatest", distances.greatest}};
}

Json to_json(const Analysis& a, double target) {
  Json json{{"readouts", a.readouts},
            {"devices", a.devices},
            {"bits", a.bytes * 8},
            {"bias", a.ones},
            {"within", to_json(a.within)},
            {"between", a.between ? to_json(*a.between) : Json(nullptr)},
            {"error_rate", a.error_rate},
            {"min_entropy_per_bit", a.min_entropy_per_bit},
            {"predictability", {{"by_value", a.cells.by_value}, {"by_lag", a.cells.by_lag}, {"lag", a.cells.lag}}},
            {"target_failure", target},
            {"acceptable", a.acceptable()}};
  if (a.by_others) {
    json["predictability"]["by_other_devices"] = a.by_others->cell;
    json["predictability"]["by_other_devices_balanced"] = a.by_others->balanced;
  }
  if (a.choice) {
    json["code"] = a.choice->code.name();
    json["cells"] = puf::name_of(a.choice->rule);
    json["bits_needed"] = bits_needed(a);
    json["log10_failure"] = std::max(a.log10_failure, -1e6);
  }
  if (a.assessment) json["residual_bits"] = a.assessment->residual_bits;
  if (!a.acceptable()) json["refusal"] = a.refusal;
  return json;
}

// "--plot *.bin" would otherwise replace the first measurement by a picture of the others.
Result<void> check_plot(const std::string& path) {
  std::error_code problem;
  if (path.ends_with(".svg") || !std::filesystem::is_regular_file(path, problem)) return {};
  return Error(ErrorCode::refused, "--plot '" + printable(path) + "' exists and is not called .svg; is it a readout?");
}

}  // namespace

Result<int> run(const GlobalArguments& global, const PufAnalyseArguments& arguments) {
  const double target = arguments.target_failure;
  const bool probability = target > 0 && target < 1;
  if (!probability) {
    return Error(ErrorCode::usage, "--target-failure is a probability above 0 and below 1, such as 1e-9");
  }
  TRY_LET(const auto devices, read_devices(arguments), "read readouts");
  TRY_LET(const auto analysis, puf::analyse(devices.own, devices.others, target), "analyse");
  if (!arguments.plot.empty()) {
    TRY(check_plot(arguments.plot), "check --plot");
    TRY_LET(auto out, OutputEnd::open(arguments.plot, ordinary_mode(), Content::text), "open plot");
    TRY(out.write(as_bytes(plot_of(analysis))), "write plot");
    TRY(out.commit(), "write plot");
  }
  // With the picture on standard output, nothing else may go there.
  if (arguments.plot == "-") return kExitDone;
  TRY(print(global, to_json(analysis, target), text_of(analysis, target)), "print analysis");
  return kExitDone;
}

}  // namespace holdfast::app
