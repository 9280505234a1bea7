#include "apps/holdfast/migration_words.hpp"

#include <algorithm>
#include <array>

#include "apps/common/terminal.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

using trust::MigrationPolicy;
using trust::MigrationReport;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

std::string drift_text(const trust::DriftReport& report) {
  if (report.drift.empty()) return "Drift         none\n";
  std::string text = "Drift\n";
  for (const auto& drift : report.drift) {
    const auto colour = drift.counted || drift.required ? Colour::warning : Colour::faint;
    text += "  " + paint(colour, std::string(name_of(drift.kind)) + ": " + printable(drift.name));
    if (drift.counted) text += " (counted)";
    if (drift.required) text += " (required)";
    if (drift.noisy) text += " (noisy source)";
    text += "\n";
  }
  return text;
}

std::string factors_text(unsigned quorum, std::size_t counted, std::size_t required, bool passphrase) {
  std::string text = std::to_string(quorum) + " of " + std::to_string(counted) + " attributes";
  if (required > 0) text += ", " + std::to_string(required) + " required";
  if (passphrase) text += ", and the passphrase";
  return text;
}

// "A, then B", or "A, as now".
std::string now_and_then(const std::string& now, const std::string& then) {
  return now == then ? now + ", as now" : now + " now, " + then + " afterwards";
}

std::string root_text(const MigrationReport& report) {
  if (!report.rotates) return "stays, and with it every key and every sealed file";
  return "is drawn anew, since more is asked for than before and older copies of the anchor ask for less; keys and "
         "sealed files go on under the old one until 'holdfast key rotate' and 'holdfast reseal' have moved them";
}

Result<MigrationPolicy::Mode> mode_of(const std::string& word) {
  using enum MigrationPolicy::Mode;
  for (const auto mode : std::array{manual, within_margin}) {
    if (word == name_of(mode)) return mode;
  }
  return Error(ErrorCode::usage, "--migration '" + printable(word) + "' is not one of: manual, within-margin");
}

unsigned margin_after(const MigrationReport& report) { return report.counted - report.quorum; }

}  // namespace

Result<MigrationPolicy> changed_by(const PolicyArguments& arguments, MigrationPolicy policy) {
  if (!arguments.migration.empty()) {
    TRY_LET(policy.mode, mode_of(arguments.migration), "read --migration");
  }
  policy.most_changes = arguments.most_changes.value_or(policy.most_changes);
  policy.rest_days = arguments.rest_days.value_or(policy.rest_days);
  return policy;
}

std::string words_for(const MigrationPolicy& policy) {
  const bool manual = policy.mode == MigrationPolicy::Mode::manual;
  const std::string only = manual ? " (not while it is manual)" : "";
  std::string text = "Migration     " + std::string(name_of(policy.mode));
  text += manual ? ": nothing happens by itself\n" : ": 'holdfast migrate --by-policy' migrates within these limits\n";
  text += "Most changes  " + std::to_string(policy.most_changes) +
          " of the counted attributes, none of them burned in or required, and no bits lost" + only + "\n";
  text += "Rest          " + std::to_string(policy.rest_days) + " days between two such migrations" + only + "\n";
  return text;
}

std::string words_for(const MigrationReport& report, const trust::DeviceInfo& before) {
  const auto& quorum = before.quorum;
  std::string text = drift_text(report.drift);
  for (const auto& obstacle : report.obstacles) {
    text += paint(Colour::bad, "Obstacle: " + printable(obstacle, 1000)) + "\n";
  }
  // What would be done without something that only happens to be missing is not what anybody asked for.
  if (!report.obstacles.empty()) return text;
  for (const auto& sign : report.clone_signs) text += "Takes note    " + summary_of(sign) + "\n";
  if (!report.joining.empty()) text += "Joins         " + listed(report.joining) + "\n";
  if (!report.leaving.empty()) text += "Leaves        " + listed(report.leaving) + "\n";
  const auto then = factors_text(report.quorum, report.counted, report.required, report.passphrase);
  const auto now =
      quorum ? factors_text(quorum->quorum, quorum->counted.size(), quorum->required.size(), quorum->needs_passphrase)
             : then;
  text += "Opens with    " + now_and_then(now, then) + "\n";
  text +=
      "Margin        " + now_and_then(std::to_string(report.drift.margin), std::to_string(margin_after(report))) + "\n";
  text += "Weakest       " +
          now_and_then(std::to_string(report.bits_before) + " bits", std::to_string(report.bits_after) + " bits") +
          "\n";
  if (before.noisy) {
    const auto* const fate = report.noisy.empty() ? " is given up" : " goes on with its helper data as they are";
    text += "Noisy source  " + printable(before.noisy->name) + fate + "\n";
  }
  return text + "Root          " + root_text(report) + "\n";
}

Json json_of(const MigrationReport& report) {
  Json drift = Json::array();
  for (const auto& d : report.drift.drift) {
    drift.push_back({{"name", d.name}, {"kind", name_of(d.kind)}, {"counted", d.counted}, {"required", d.required}});
  }
  Json signs = Json::array();
  for (const auto& sign : report.clone_signs) {
    signs.push_back({{"kind", name_of(sign.kind)}, {"evidence", sign.evidence}});
  }
  return {{"needed", report.needed},
          {"clone_signs", std::move(signs)},
          {"drift", std::move(drift)},
          {"joining", report.joining},
          {"leaving", report.leaving},
          {"obstacles", report.obstacles},
          {"rotates_root", report.rotates},
          {"quorum", report.quorum},
          {"counted", report.counted},
          {"required", report.required},
          {"passphrase", report.passphrase},
          {"noisy", report.noisy.empty() ? Json() : Json(report.noisy)},
          {"margin_before", report.drift.margin},
          {"margin_after", margin_after(report)},
          {"bits_before", report.bits_before},
          {"bits_after", report.bits_after}};
}

}  // namespace holdfast::app
