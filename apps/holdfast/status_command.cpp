#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/terminal.hpp"
#include "apps/holdfast/trial.hpp"
#include "core/text.hpp"
#include "device/anchor/assurance.hpp"
#include "device/fingerprint/quorum.hpp"
#include "device/trust/profile_file.hpp"

namespace holdfast::app {
namespace {

std::string slots_of(const anchor::AnchorFile& file) {
  std::string text;
  for (const auto& slot : file.slots) text += (text.empty() ? "" : ", ") + std::string(anchor::type_of(slot));
  return text;
}

std::string profile_of(const anchor::AnchorFile& file) {
  return file.profile.empty() ? std::string(trust::kDefaultProfile) : file.profile;
}

std::string factors_of(const anchor::FingerprintSlot& slot) {
  std::string text =
      "any " + std::to_string(slot.quorum) + " of " + std::to_string(slot.counted.size()) + " attributes";
  for (const auto& attribute : slot.required) text += " and " + printable(attribute.name);
  if (slot.needs_passphrase) text += " and the passphrase";
  return text;
}

Json to_json(const anchor::Drift& drift) {
  return {
      {"name", drift.name}, {"kind", name_of(drift.kind)}, {"counted", drift.counted}, {"required", drift.required}};
}

Json slot_json(const anchor::FingerprintSlot& slot) {
  Json counted = Json::array();
  for (const auto& a : slot.counted) {
    counted.push_back(
        {{"name", a.name}, {"source", a.source}, {"class", name_of(a.attribute_class)}, {"bits", a.bits}});
  }
  Json required = Json::array();
  for (const auto& a : slot.required) required.push_back({{"name", a.name}, {"source", a.source}});
  return {{"quorum", slot.quorum},
          {"counted", std::move(counted)},
          {"required", std::move(required)},
          {"passphrase", slot.needs_passphrase}};
}

Json json_of(const std::filesystem::path& dir, const anchor::AnchorFile& file, const anchor::Assurance& assurance,
             const Trial& trial) {
  Json slots = Json::array();
  for (const auto& slot : file.slots) slots.push_back(anchor::type_of(slot));
  Json json{{"anchor", file.id.hex()},
            {"dir", dir.string()},
            {"made_by", file.made_by},
            {"created", format_rfc3339(file.created)},
            {"generation", file.generation},
            {"epoch", file.epoch.number},
            {"platform", file.platform},
            {"profile", profile_of(file)},
            {"tier", name_of(assurance.tier)},
            {"tier_reason", assurance.reason},
            {"weakest_bits", assurance.weakest_bits},
            {"slots", std::move(slots)},
            {"low_entropy_accepted", file.low_entropy_accepted},
            {"warnings", assurance.warnings}};
  if (const auto* slot = file.fingerprint_slot()) json["fingerprint_slot"] = slot_json(*slot);
  if (trial.outcome == Trial::Outcome::passphrase_needed) {
    json["opens"] = nullptr;
  } else {
    json["opens"] = trial.outcome == Trial::Outcome::opens;
  }
  if (trial.outcome == Trial::Outcome::opens) {
    Json drift = Json::array();
    for (const auto& d : trial.drift.drift) drift.push_back(to_json(d));
    json["drift"] = std::move(drift);
    json["margin"] = trial.drift.margin;
  }
  return json;
}

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
    text += "\n";
  }
  return text;
}

std::string text_of(const std::filesystem::path& dir, const anchor::AnchorFile& file,
                    const anchor::Assurance& assurance, const Trial& trial) {
  std::string text = "Anchor        " + paint(Colour::bold, file.id.hex()) + "\n";
  text += "Folder        " + printable(dir.string(), 4096) + "\n";
  text += "Made          " + format_rfc3339(file.created) + " by " + printable(file.made_by) + "\n";
  text +=
      "Generation    " + std::to_string(file.generation) + ", root epoch " + std::to_string(file.epoch.number) + "\n";
  text += "Tier          " + std::string(name_of(assurance.tier)) + ": " + assurance.reason + "\n";
  text += "Profile       " + printable(profile_of(file)) + "\n";
  text += "Slots         " + slots_of(file) + "\n";
  if (const auto* slot = file.fingerprint_slot()) {
    text += "Opens with    " + factors_of(*slot) + " (weakest quorum " + std::to_string(assurance.weakest_bits) +
            " bits)\n";
  }
  text += "Opens here    " + outcome_of(trial) + "\n" + drift_text(trial);
  for (const auto& warning : assurance.warnings) text += paint(Colour::warning, "Warning: " + warning) + "\n";
  return text;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const StatusArguments&) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  TRY_LET(const auto folder, anchor::StateFolder::open(path), "open state folder");
  TRY_LET(const auto file, folder.load_anchor(), "load anchor");
  const auto assurance = anchor::assess(file.file);
  TRY_LET(const auto trial, try_to_open(global, file), "try to open");
  TRY(print(global, json_of(folder.path(), file.file, assurance, trial),
            text_of(folder.path(), file.file, assurance, trial)),
      "print status");
  return trial.outcome == Trial::Outcome::does_not_open ? exit_status(ErrorCode::does_not_open) : kExitDone;
}

}  // namespace holdfast::app
