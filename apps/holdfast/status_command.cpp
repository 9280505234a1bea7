#include <utility>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/escrow_words.hpp"
#include "apps/holdfast/noisy_words.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/sharing.hpp"
#include "core/text.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

using trust::Trial;

std::string ways_of(const trust::DeviceInfo& device) {
  std::string text;
  for (const auto way : device.ways) text.append(text.empty() ? "" : ", ").append(way);
  return text;
}

std::string noisy_state_of(const Trial& trial) {
  if (!trial.noisy_problem) return "";
  if (trial.noisy_problem->empty()) return "; available";
  return "; " + paint(Colour::warning, "not available") + ": " + printable(*trial.noisy_problem, 300);
}

std::string factors_of(const trust::QuorumInfo& quorum) {
  std::string text =
      "any " + std::to_string(quorum.quorum) + " of " + std::to_string(quorum.counted.size()) + " attributes";
  for (const auto& attribute : quorum.required) text += " and " + printable(attribute.name);
  if (quorum.needs_passphrase) text += " and the passphrase";
  return text;
}

std::string all_of(const trust::QuorumInfo& quorum) {
  std::string text;
  for (const auto& attribute : quorum.required) text += (text.empty() ? "all of " : ", ") + printable(attribute.name);
  return text;
}

std::string module_of(const trust::DeviceInfo& device) { return crypto::describe_module(device.module); }

std::string outcome_of(const Trial& trial) {
  switch (trial.outcome) {
    case Trial::Outcome::opens: return paint(Colour::good, "yes");
    case Trial::Outcome::passphrase_needed:
      return paint(Colour::warning, "not tried") + ": needs the passphrase (--unlock-passphrase-file F)";
    case Trial::Outcome::does_not_open: return paint(Colour::bad, "no") + ": " + printable(trial.why_not, 1000);
  }
  return "";
}

std::string drift_text(const Trial& trial) {
  if (trial.outcome != Trial::Outcome::opens) return "";
  std::string text = "Margin        " + std::to_string(trial.drift.margin) + " more counted attributes may change\n";
  text += trial.drift.drift.empty() ? "Drift         none\n" : "Drift\n";
  for (const auto& drift : trial.drift.drift) {
    const auto colour = drift.counted || drift.required ? Colour::warning : Colour::faint;
    text += "  " + paint(colour, std::string(name_of(drift.kind)) + ": " + printable(drift.name));
    if (drift.counted) text += " (counted)";
    if (drift.required) text += " (required)";
    if (drift.noisy) text += " (noisy source)";
    text += "\n";
  }
  return text;
}

// What only devices with storage have, or only those without.
std::string origin_of(const trust::DeviceInfo& device) {
  if (device.stateless) {
    return "Stateless     check " + device.stateless->check + "\nDevice salt   " +
           (device.stateless->has_device_salt ? "yes" : "none") + "\n";
  }
  return "Made          " + format_rfc3339(device.created.value_or(Timestamp())) + " by " + printable(device.made_by) +
         "\nGeneration    " + std::to_string(device.generation) + ", root epoch " + std::to_string(device.epoch) + "\n";
}

std::string profile_state_of(const trust::DeviceInfo& device) {
  if (device.profile_problem.empty()) return printable(device.profile_description, 300);
  return paint(Colour::warning, "cannot be used here") + ": " + printable(device.profile_problem, 1000);
}

std::string warn_of(const std::string& warning) {
  return paint(Colour::warning, "Warning: " + printable(warning, 1000)) + "\n";
}

std::string text_of(const trust::DeviceInfo& device, const Trial& trial) {
  const auto& assurance = device.assurance;
  std::string text = "Anchor        " + paint(Colour::bold, device.id) + "\n";
  text += "Folder        " + printable(device.folder.string(), 4096) + "\n" + origin_of(device);
  if (device.shared_with) text += "Shared with   " + words_for(*device.shared_with) + "\n";
  text += "Tier          " + std::string(name_of(assurance.tier)) + ": " + assurance.reason + "\n";
  text += "Profile       " + printable(device.profile) + ": " + profile_state_of(device) + "\n";
  text += "Module        " + module_of(device) + "\n";
  text += "Slots         " + ways_of(device) + "\n";
  const auto bits = std::to_string(assurance.weakest_bits);
  if (device.stateless) {
    text += "Opens with    " + all_of(*device.quorum) + " (" + bits + " bits)\n";
  } else if (device.quorum) {
    text += "Opens with    " + factors_of(*device.quorum) + " (weakest quorum " + bits + " bits)\n";
  }
  if (device.noisy) text += "Noisy source  " + words_for(*device.noisy) + noisy_state_of(trial) + "\n";
  if (device.escrow) text += "Escrow        " + words_for(*device.escrow) + "\n";
  text += "Opens here    " + outcome_of(trial) + "\n" + (device.stateless ? "" : drift_text(trial));
  for (const auto& warning : assurance.warnings) text += warn_of(warning);
  for (const auto& sign : trial.clone_signs) text += warn_of(describe(sign));
  return text;
}

Trial trial_that_failed(const Error& why) {
  Trial trial;
  trial.why_not = why.message();
  return trial;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const StatusArguments&) {
  TRY_LET(const auto device, find_device(global), "find device");
  auto tried = try_to_open(global, *device);
  // That an older copy was put back, say, is to be seen beside everything else.
  const bool refused = !tried.ok() && tried.error().code() == ErrorCode::refused;
  if (refused) tried = trial_that_failed(tried.error());
  TRY_LET(const auto trial, std::move(tried), "try to open");
  TRY(print(global, trust::report_on(device->info(), trial), text_of(device->info(), trial)), "print status");
  if (refused) return exit_status(ErrorCode::refused);
  return trial.outcome == Trial::Outcome::does_not_open ? exit_status(ErrorCode::does_not_open) : kExitDone;
}

}  // namespace holdfast::app
