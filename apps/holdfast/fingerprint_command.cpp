#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/session.hpp"
#include "core/text.hpp"
#include "device/trust/machine.hpp"

namespace holdfast::app {
namespace {

using trust::Attribute;
using trust::AttributeState;

std::string value_of(const Attribute& attribute, bool show) {
  if (attribute.state != AttributeState::present) return "";
  return show ? printable(as_text(attribute.value.expose(SecretAccess{})), 80) : "********";
}

Json to_json(const trust::Fingerprint& fingerprint, bool show) {
  Json attributes = Json::array();
  for (const auto& a : fingerprint.attributes) {
    Json json{{"name", a.name},
              {"source", a.source},
              {"state", name_of(a.state)},
              {"class", name_of(a.attribute_class)},
              {"group", a.group},
              {"bits", a.bits},
              {"bits_claimed", a.bits_claimed},
              {"required", a.required.value_or(false)},
              {"only_root_reads", a.only_root_reads}};
    if (!a.reason.empty()) json["reason"] = a.reason;
    if (show && a.state == AttributeState::present) json["value"] = as_text(a.value.expose(SecretAccess{}));
    attributes.push_back(std::move(json));
  }
  Json noisy = Json::array();
  for (const auto& source : fingerprint.noisy) {
    Json json{{"name", source.name},
              {"source", source.source},
              {"state", name_of(source.state)},
              {"class", source.physical ? "physical" : "declared"},
              {"bytes", source.response.size()},
              {"required", source.required.value_or(true)}};
    if (!source.reason.empty()) json["reason"] = source.reason;
    noisy.push_back(std::move(json));
  }
  return {{"noisy", std::move(noisy)},
          {"platform", {{"kind", name_of(fingerprint.platform.kind)}, {"evidence", fingerprint.platform.evidence}}},
          {"attributes", std::move(attributes)}};
}

Json to_json(const trust::QuorumPlan& plan, unsigned floor) {
  return {{"quorum", plan.quorum},         {"counted", plan.counted.size()},
          {"total_bits", plan.total_bits}, {"weakest_bits", plan.weakest_bits},
          {"floor_bits", floor},           {"tier", name_of(plan.tier)}};
}

std::string table_of(const trust::Fingerprint& fingerprint, bool show) {
  Table table({"NAME", "SOURCE", "STATE", "CLASS", "GROUP", "BITS", "VALUE"});
  for (const auto& a : fingerprint.attributes) {
    const bool present = a.state == AttributeState::present;
    const auto bits = std::to_string(a.bits) + (a.bits_claimed ? " claimed" : "");
    table.add({{printable(a.name)},
               {printable(a.source, 48)},
               {std::string(name_of(a.state)), present ? Colour::good : Colour::warning},
               {std::string(name_of(a.attribute_class))},
               {printable(a.group, 48)},
               {present ? bits : "-"},
               {value_of(a, show), Colour::faint}});
  }
  return table.render();
}

std::string noisy_text(const trust::Fingerprint& fingerprint) {
  std::string text;
  for (const auto& source : fingerprint.noisy) {
    const bool present = source.state == AttributeState::present;
    text += "\nNoisy source     " + printable(source.name) + " (" + printable(source.source, 300) + "): " +
            (present ? std::to_string(source.response.size()) + " bytes; no attribute, see 'holdfast puf'"
                     : paint(Colour::warning, "not available") + ": " + printable(source.reason, 300)) +
            "\n";
  }
  return text;
}

std::string reasons_of(const trust::Fingerprint& fingerprint) {
  std::string text;
  for (const auto& a : fingerprint.attributes) {
    if (!a.reason.empty()) text += "  " + printable(a.name) + ": " + printable(a.reason, 300) + "\n";
  }
  return text.empty() ? "" : "\nNot usable:\n" + text;
}

std::string summary_of(const trust::QuorumPlan& plan, unsigned floor) {
  const bool enough = plan.weakest_bits >= floor;
  std::string text = "Total            " + std::to_string(plan.total_bits) + " bits\n";
  text += "Weakest quorum   " +
          paint(enough ? Colour::good : Colour::warning, std::to_string(plan.weakest_bits) + " bits") + ", any " +
          std::to_string(plan.quorum) + " of " + std::to_string(plan.counted.size()) + " groups" +
          (plan.required.empty() ? "" : " and " + std::to_string(plan.required.size()) + " required") +
          " (an anchor needs " + std::to_string(floor) + ")\n";
  text += "Tier             " + std::string(name_of(plan.tier)) + "\n";
  if (!enough)
    text +=
        "\n'holdfast init' would need more here: a passphrase (--passphrase-file F), or a credential file (--credfile "
        "F).\n";
  return text;
}

std::string platform_of(const trust::Fingerprint& fingerprint) {
  const std::string kind(name_of(fingerprint.platform.kind));
  if (fingerprint.platform.evidence.empty()) return "\nPlatform         " + kind + "\n";
  return "\nPlatform         " + kind + " (" + printable(fingerprint.platform.evidence) + ")\n";
}

}  // namespace

Result<int> run(const GlobalArguments& global, const FingerprintArguments& arguments) {
  TRY_LET(const auto machine,
          trust::survey_machine(
              {.sysroot = arguments.sysroot, .credential_file = arguments.credfile, .profile = arguments.profile}),
          "survey machine");
  const auto& fingerprint = machine.fingerprint;
  Json json = to_json(fingerprint, arguments.show_values);
  std::string text = table_of(fingerprint, arguments.show_values) + reasons_of(fingerprint) + noisy_text(fingerprint) +
                     platform_of(fingerprint);
  if (machine.plan.ok()) {
    json["plan"] = to_json(*machine.plan, machine.floor);
    text += summary_of(*machine.plan, machine.floor);
  } else {
    json["plan"] = nullptr;
    json["plan_problem"] = machine.plan.error().message();
    text += machine.plan.error().message() + "\n";
  }
  TRY(print(global, json, text), "print fingerprint");
  return kExitDone;
}

}  // namespace holdfast::app
