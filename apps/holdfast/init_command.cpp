#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/init_stateless.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/sharing.hpp"
#include "apps/holdfast/terminal.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "device/trust/create_device.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

// Where the recovery code goes. A code that nobody sees would be a promise that nobody can keep.
enum class RecoveryTo { file, standard_output, standard_error, nowhere };

// What would be found out only after seconds of Argon2id, or too late.
Result<void> check_recovery_file(const std::filesystem::path& state, const std::string& file) {
  if (file == "-") {
    return Error(ErrorCode::usage, "--recovery-out takes a file; without it the code is shown on the terminal");
  }
  std::error_code problem;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, problem))) {
    return Error(ErrorCode::refused,
                 "'" + file + "' exists already, and may hold the code of another anchor; name a new file");
  }
  const auto canonical = [&](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, problem), problem);
  };
  const auto home = canonical(state);
  const auto inside = canonical(std::filesystem::absolute(file, problem).parent_path()).lexically_relative(home);
  if (!inside.empty() && *inside.begin() != "..") {
    return Error(ErrorCode::refused,
                 "the recovery code must not lie in the state folder: whoever copies that would have both");
  }
  return {};
}

Result<RecoveryTo> recovery_destination(const GlobalArguments& global, const InitArguments& arguments,
                                        const std::filesystem::path& path) {
  if (arguments.no_recovery) return RecoveryTo::nowhere;
  if (!arguments.recovery_out.empty()) {
    TRY(check_recovery_file(path, arguments.recovery_out), "check --recovery-out");
    return RecoveryTo::file;
  }
  if (!global.json && standard_output_is_terminal()) return RecoveryTo::standard_output;
  if (standard_error_is_terminal()) return RecoveryTo::standard_error;
  return Error(
      ErrorCode::refused,
      "there is no terminal to show the recovery code on; give --recovery-out F, or --no-recovery to do without");
}

SecretBytes with_newline(const SecretBytes& code) {
  SecretBytes line(code.size() + 1);
  const auto room = line.expose_mutable(SecretAccess{});
  std::ranges::copy(code.expose(SecretAccess{}), room.begin());
  room.back() = '\n';
  return line;
}

Result<void> show_code(int fd, const SecretBytes& line) {
  TRY(write_all(fd,
                as_bytes("\nRecovery code (the only copy; write it down and keep it away from this machine):\n\n  "),
                "terminal"),
      "show recovery code");
  TRY(write_all(fd, line.expose(SecretAccess{}), "terminal"), "show recovery code");
  return write_all(fd, as_bytes("\n"), "terminal");
}

// Borrows the arguments.
trust::RecoveryDelivery delivery_to(RecoveryTo destination, const InitArguments& arguments) {
  switch (destination) {
    case RecoveryTo::nowhere: return {};
    case RecoveryTo::file:
      return {[&file = arguments.recovery_out](const SecretBytes& code) {
                // Never over another file: it may hold the code of another anchor.
                return write_file_atomically(file, with_newline(code).expose(SecretAccess{}), 0600, Replace::refused);
              },
              [&file = arguments.recovery_out] { ::unlink(file.c_str()); }};
    case RecoveryTo::standard_output:
      return {[](const SecretBytes& code) { return show_code(STDOUT_FILENO, with_newline(code)); }, nullptr};
    case RecoveryTo::standard_error:
      return {[](const SecretBytes& code) { return show_code(STDERR_FILENO, with_newline(code)); }, nullptr};
  }
  return {};
}

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
  text += "Tier " + std::string(name_of(device.assurance.tier)) + ": " + device.assurance.reason + "\n";
  if (!arguments.recovery_out.empty()) {
    text += "Recovery code written to " + printable(arguments.recovery_out, 4096) +
            "; print it, keep it away from this machine, and delete the file\n";
  }
  for (const auto& warning : device.assurance.warnings)
    text += paint(Colour::warning, "Warning: " + printable(warning, 1000)) + "\n";
  return text;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const InitArguments& arguments) {
  if (arguments.stateless) return init_stateless(global, arguments);
  trust::CreateOptions options;
  TRY_LET(options.folder, state_folder_path(global), "find state folder");
  TRY_LET(const auto destination, recovery_destination(global, arguments, options.folder),
          "choose where the recovery code goes");
  options.recovery = delivery_to(destination, arguments);
  options.sysroot = arguments.sysroot;
  options.credential_file = arguments.credfile;
  options.quorum = arguments.quorum;
  options.required = arguments.require;
  if (!arguments.passphrase_file.empty()) {
    options.passphrase = [&] { return passphrase_from_file(global, arguments.passphrase_file); };
  }
  options.low_entropy = arguments.accept_low_entropy ? trust::LowEntropy::accepted : trust::LowEntropy::refused;
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
