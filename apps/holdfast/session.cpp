#include "apps/holdfast/session.hpp"

#include <cstdio>
#include <utility>

#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/recovery_code.hpp"
#include "apps/holdfast/unlocking.hpp"
#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

void note_drift(const GlobalArguments& global, const trust::DriftReport& report) {
  const auto lost = trust::count_lost(report);
  if (lost == 0) return;
  note(global, std::to_string(lost) + " of this machine's counted attributes changed or cannot be read; " +
                   std::to_string(report.margin) +
                   " more may change before the anchor no longer opens ('holdfast status' lists them).");
}

void note_passphrase(const GlobalArguments& global, const trust::DeviceInfo& device) {
  if (!gives_passphrase(global) || (device.quorum && device.quorum->needs_passphrase)) return;
  note(global, "this device opens without a passphrase; the one that was given protects nothing.");
}

void note_profile(const GlobalArguments& global, const trust::Profile& profile) {
  if (profile.problem.empty()) return;
  note(global, "the profile '" + profile.name +
                   "' of this device cannot be used here, so it only opens what there is; 'holdfast doctor' says why.");
}

}  // namespace

Result<std::filesystem::path> state_folder_path(const GlobalArguments& global) {
  if (!global.dir.empty()) return std::filesystem::path(global.dir);
  return trust::usual_device_folder();
}

Result<std::unique_ptr<trust::Device>> find_device(const GlobalArguments& global, const SecretBytes* recovery_code) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  auto device = trust::find_device(path);
  if (!global.accept_rollback || !device.ok() || (*device)->info().stateless) return device;
  TRY(accept_rollback(global, recovery_code), "accept rollback");
  return trust::find_device(path);
}

Result<OpenProvider> open_provider(const GlobalArguments& global) {
  TRY_LET(const auto device, find_device(global), "find device");
  return open_provider(global, *device);
}

Result<OpenProvider> open_provider(const GlobalArguments& global, const trust::Device& device) {
  note_passphrase(global, device.info());
  Unlocking unlocking(global);
  TRY_LET(auto opened, device.open(unlocking.options()), "open device");
  if (opened.drift) note_drift(global, *opened.drift);
  note_profile(global, opened.provider->profile());
  return std::move(opened.provider);
}

Result<OpenProvider> open_provider_with_recovery_file(const GlobalArguments& global, const std::string& file) {
  TRY_LET(const auto code, read_recovery_code(file), "read recovery code");
  TRY_LET(const auto device, find_device(global, &code), "find device");
  auto opened = device->open_with_recovery_code(code);
  if (!opened.ok()) {
    pause_after_wrong_code(global, opened.error());
    return std::move(opened).error();
  }
  note_profile(global, opened->provider->profile());
  return std::move(opened->provider);
}

Result<trust::Trial> try_to_open(const GlobalArguments& global, const trust::Device& device) {
  note_passphrase(global, device.info());
  Unlocking unlocking(global);
  return device.try_to_open(unlocking.options());
}

void note(const GlobalArguments& global, const std::string& text) {
  if (!global.quiet && !global.json) std::fputs(("holdfast: " + printable(text, 4096) + "\n").c_str(), stderr);
}

Result<void> print(const GlobalArguments& global, const Json& json, const std::string& text) {
  // File names and values may be any bytes; what is not UTF-8 is shown as such, after the work is done.
  const auto out = global.json ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text;
  return write_all(STDOUT_FILENO, as_bytes(out), "standard output");
}

Result<void> report_written(const GlobalArguments& global, const OutputEnd& out, Json json) {
  if (!global.json || out.is_standard_output()) return {};
  json["out"] = out.name();
  return print(global, json, "");
}

}  // namespace holdfast::app
