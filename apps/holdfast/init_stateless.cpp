#include "apps/holdfast/init_stateless.hpp"

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/sharing.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "device/trust/create_stateless.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxSaltFile = std::size_t{64} * 1024;

Json json_of(const trust::DeviceInfo& device) {
  Json attributes = Json::array();
  for (const auto& a : device.quorum->required) {
    attributes.push_back(
        {{"name", a.name}, {"source", a.source}, {"class", name_of(a.attribute_class)}, {"bits", a.bits}});
  }
  return {{"anchor", device.id},
          {"dir", device.folder.string()},
          {"shared_with", trust::report_on(device.shared_with)},
          {"profile", device.profile},
          {"tier", name_of(device.assurance.tier)},
          {"tier_reason", device.assurance.reason},
          {"bits", device.assurance.weakest_bits},
          {"low_entropy_accepted", device.low_entropy_accepted},
          {"stateless",
           {{"check", device.stateless->check},
            {"device_salt", device.stateless->has_device_salt},
            {"attributes", std::move(attributes)}}},
          {"warnings", device.assurance.warnings}};
}

std::string text_of(const trust::DeviceInfo& device) {
  std::string text =
      "Configured stateless device " + device.id + " in " + printable(device.folder.string(), 4096) + "\n";
  if (device.shared_with) text += "Shared with " + words_for(*device.shared_with) + "\n";
  text += "Check value " + device.stateless->check + "\n";
  text += "Profile " + printable(device.profile) + ", " + (device.stateless->has_device_salt ? "with a" : "without") +
          " device salt\n";
  text += "Opens with all of these, and with nothing else (" + std::to_string(device.assurance.weakest_bits) +
          " bits); when one changes, all keys and all that was sealed are lost:\n";
  Table table({"NAME", "SOURCE", "CLASS", "BITS"});
  for (const auto& a : device.quorum->required) {
    table.add({{printable(a.name)},
               {printable(a.source)},
               {std::string(name_of(a.attribute_class))},
               {std::to_string(a.bits)}});
  }
  text += table.render();
  text += "Tier " + std::string(name_of(device.assurance.tier)) + ": " + device.assurance.reason + "\n";
  for (const auto& warning : device.assurance.warnings) {
    text += paint(Colour::warning, "Warning: " + printable(warning, 1000)) + "\n";
  }
  return text;
}

}  // namespace

Result<int> init_stateless(const GlobalArguments& global, const InitArguments& arguments) {
  trust::StatelessOptions options;
  TRY_LET(options.folder, state_folder_path(global), "find state folder");
  options.sysroot = arguments.sysroot;
  options.credential_file = arguments.credfile;
  options.attributes = arguments.require;
  options.low_entropy = arguments.accept_low_entropy ? trust::LowEntropy::accepted : trust::LowEntropy::refused;
  options.profile = arguments.profile;
  options.group = arguments.group;
  if (!arguments.device_salt_file.empty()) {
    TRY_LET(options.device_salt, read_file(arguments.device_salt_file, kMaxSaltFile), "read --device-salt-file");
    // Nothing would mean no salt, which must be said by leaving the option out.
    if (options.device_salt.empty()) {
      return Error(ErrorCode::usage,
                   "'" + arguments.device_salt_file + "' is empty; a device salt has 8 bytes or more");
    }
  }
  TRY_LET(const auto device, trust::create_stateless_device(options), "configure device");
  TRY(print(global, json_of(device), global.quiet ? "" : text_of(device)), "report");
  return kExitDone;
}

}  // namespace holdfast::app
