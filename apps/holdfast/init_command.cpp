#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/init_stateless.hpp"
#include "apps/holdfast/migration_words.hpp"
#include "apps/holdfast/noisy_words.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/recovery_code.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/sharing.hpp"
#include "core/text.hpp"
#include "device/trust/create_device.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

Json json_of(const InitArguments& arguments, const trust::DeviceInfo& device) {
  return {{"anchor", device.id},
          {"dir", device.folder.string()},
          {"shared_with", trust::report_on(device.shared_with)},
          {"profile", device.profile},
          {"tier", name_of(device.assurance.tier)},
          {"tier_reason", device.assurance.reason},
          {"quorum", device.quorum->quorum},
          {"counted", device.quorum->counted.size()},
          {"required", device.quorum->required.size()},
          {"passphrase", device.quorum->needs_passphrase},
          {"noisy", device.noisy ? Json(device.noisy->name) : Json()},
          {"noisy_code", device.noisy ? Json(device.noisy->code) : Json()},
          {"noisy_role", device.noisy ? Json(device.noisy->alone ? "slot" : "required") : Json()},
          {"weakest_bits", device.assurance.weakest_bits},
          {"recovery_file", arguments.recovery_out.empty() ? Json() : Json(arguments.recovery_out)},
          {"warnings", device.assurance.warnings}};
}

std::string text_of(const InitArguments& arguments, const trust::DeviceInfo& device) {
  const auto& quorum = *device.quorum;
  std::string text = "Made anchor " + device.id + " in " + printable(device.folder.string(), 4096) + "\n";
  if (device.shared_with) text += "Shared with " + words_for(*device.shared_with) + "\n";
  text +=
      "Opens with " + std::to_string(quorum.quorum) + " of " + std::to_string(quorum.counted.size()) + " attributes";
  if (!quorum.required.empty()) text += ", " + std::to_string(quorum.required.size()) + " required";
  if (quorum.needs_passphrase) text += ", and the passphrase";
  text += " (weakest quorum " + std::to_string(device.assurance.weakest_bits) + " bits)\n";
  if (device.noisy) text += "Noisy source " + words_for(*device.noisy) + "\n";
  text += "Tier " + std::string(name_of(device.assurance.tier)) + ": " + device.assurance.reason + "\n";
  text += words_for_recovery_file(arguments.recovery_out);
  for (const auto& warning : device.assurance.warnings)
    text += paint(Colour::warning, "Warning: " + printable(warning, 1000)) + "\n";
  return text;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const InitArguments& arguments) {
  if (arguments.stateless) return init_stateless(global, arguments);
  trust::CreateOptions options;
  TRY_LET(options.folder, state_folder_path(global), "find state folder");
  if (!arguments.no_recovery) {
    TRY_LET(const auto destination,
            recovery_destination(global, arguments.recovery_out, options.folder,
                                 "--recovery-out F, or --no-recovery to do without"),
            "choose where the recovery code goes");
    options.recovery = delivery_to(destination, arguments.recovery_out);
  }
  options.sysroot = arguments.sysroot;
  options.credential_file = arguments.credfile;
  options.quorum = arguments.quorum;
  options.required = arguments.require;
  if (!arguments.passphrase_file.empty()) {
    options.passphrase = [&] { return passphrase_from_file(global, arguments.passphrase_file); };
  }
  options.low_entropy = arguments.accept_low_entropy ? trust::LowEntropy::accepted : trust::LowEntropy::refused;
  TRY_LET(options.migration, changed_by(arguments.policy, options.migration), "read policy");
  if (!arguments.puf.empty()) {
    TRY_LET(options.noisy, noisy_role_of("--puf", arguments.puf), "read --puf");
  }
  options.profile = arguments.profile;
  options.group = arguments.group;
  options.made_by = "holdfast " HOLDFAST_VERSION;
  Progress progress("Wrapping the root", global.quiet);
  options.progress = [&](unsigned done, unsigned total) { progress.steps(done, total); };
  TRY_LET(const auto device, trust::create_device(options), "create device");
  TRY(print(global, json_of(arguments, device), global.quiet ? "" : text_of(arguments, device)), "report");
  return kExitDone;
}

}  // namespace holdfast::app
