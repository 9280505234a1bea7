#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/terminal.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "device/anchor/assurance.hpp"
#include "device/anchor/create.hpp"
#include "device/fingerprint/collect.hpp"
#include "device/trust/profile_file.hpp"

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

// Writes the code to a new file, and takes the file away again when no anchor came of it.
class RecoveryFile {
 public:
  explicit RecoveryFile(std::string path) : path_(std::move(path)) {}
  ~RecoveryFile() {
    if (written_ && !kept_) ::unlink(path_.c_str());
  }
  RecoveryFile(const RecoveryFile&) = delete;
  RecoveryFile& operator=(const RecoveryFile&) = delete;

  Result<void> write(const SecretBytes& line) {
    // Never over another file: it may hold the code of another anchor.
    TRY(write_file_atomically(path_, line.expose(SecretAccess{}), 0600, Replace::refused), "write recovery code");
    written_ = true;
    return {};
  }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool written_ = false;
  bool kept_ = false;
};

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

Result<fingerprint::QuorumPlan> plan_for(const InitArguments& arguments, const fingerprint::Fingerprint& fingerprint,
                                         bool strong) {
  fingerprint::QuorumRequest request;
  request.quorum = arguments.quorum;
  request.required = arguments.require;
  request.max_subsets = strong ? anchor::kMaxSubsetsStrong : anchor::kMaxSubsets;
  return fingerprint::plan_quorum(fingerprint, request);
}

std::string absolute(const std::string& path) {
  if (path.empty()) return "";
  std::error_code problem;
  return std::filesystem::absolute(path, problem).string();
}

Result<void> report(const GlobalArguments& global, const InitArguments& arguments, const anchor::StateFolder& folder,
                    const anchor::AnchorFile& file, const fingerprint::Fingerprint& fingerprint) {
  auto assurance = anchor::assess(file);
  for (const auto& a : fingerprint.attributes) {
    if (!a.named_by_operator || a.state == fingerprint::AttributeState::present) continue;
    assurance.warnings.push_back("the attribute '" + a.name + "' does not count: " + a.reason);
  }
  const auto* slot = file.fingerprint_slot();
  Json json{{"anchor", file.id.hex()},
            {"dir", folder.path().string()},
            {"profile", file.profile.empty() ? std::string(trust::kDefaultProfile) : file.profile},
            {"tier", name_of(assurance.tier)},
            {"tier_reason", assurance.reason},
            {"quorum", slot->quorum},
            {"counted", slot->counted.size()},
            {"required", slot->required.size()},
            {"passphrase", slot->needs_passphrase},
            {"weakest_bits", assurance.weakest_bits},
            {"recovery_file", arguments.recovery_out.empty() ? Json() : Json(arguments.recovery_out)},
            {"warnings", assurance.warnings}};
  std::string text = "Made anchor " + file.id.hex() + " in " + printable(folder.path().string(), 4096) + "\n";
  text += "Opens with " + std::to_string(slot->quorum) + " of " + std::to_string(slot->counted.size()) + " attributes";
  if (!slot->required.empty()) text += ", " + std::to_string(slot->required.size()) + " required";
  if (slot->needs_passphrase) text += ", and the passphrase";
  text += " (weakest quorum " + std::to_string(assurance.weakest_bits) + " bits)\n";
  text += "Tier " + std::string(name_of(assurance.tier)) + ": " + assurance.reason + "\n";
  if (!arguments.recovery_out.empty()) {
    text += "Recovery code written to " + printable(arguments.recovery_out, 4096) +
            "; print it, keep it away from this machine, and delete the file\n";
  }
  for (const auto& warning : assurance.warnings)
    text += paint(Colour::warning, "Warning: " + printable(warning, 1000)) + "\n";
  return print(global, json, text);
}

}  // namespace

Result<int> run(const GlobalArguments& global, const InitArguments& arguments) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  TRY_LET(const auto destination, recovery_destination(global, arguments, path), "choose where the recovery code goes");
  anchor::CreateRequest request;
  request.sysroot = absolute(arguments.sysroot);
  request.credential_file = absolute(arguments.credfile);
  request.made_by = "holdfast " HOLDFAST_VERSION;
  if (arguments.profile) {
    // Read now: a device that nobody can use with its own profile must not be made.
    TRY_LET(const auto profile, trust::find_profile(*arguments.profile, trust::site_profile_folder()),
            "read --profile");
    if (profile.name != trust::kDefaultProfile) request.profile = profile.name;
  }
  request.low_entropy = arguments.accept_low_entropy ? anchor::LowEntropy::accepted : anchor::LowEntropy::refused;

  fingerprint::CollectOptions options;
  options.sysroot = request.sysroot;
  if (!request.credential_file.empty()) options.credential_file = request.credential_file;
  TRY_LET(const auto fingerprint, fingerprint::collect(options), "collect attributes");
  std::optional<SecretBytes> passphrase;
  if (!arguments.passphrase_file.empty()) {
    TRY_LET(passphrase, passphrase_from_file(global, arguments.passphrase_file), "read --passphrase-file");
    request.passphrase = &*passphrase;
  }
  request.fingerprint = &fingerprint;
  request.read_again = [&options] { return fingerprint::collect(options); };
  TRY_LET(request.plan, plan_for(arguments, fingerprint, passphrase.has_value() || arguments.accept_low_entropy),
          "plan quorum");
  // Before the folder is made, so that a refusal leaves nothing behind.
  TRY(anchor::check_entropy(request.plan, request.passphrase, request.low_entropy), "check entropy");

  RecoveryFile recovery(arguments.recovery_out);
  if (destination != RecoveryTo::nowhere) {
    request.deliver_recovery_code = [&](const SecretBytes& code) -> Result<void> {
      const auto line = with_newline(code);
      if (destination == RecoveryTo::file) return recovery.write(line);
      return show_code(destination == RecoveryTo::standard_output ? STDOUT_FILENO : STDERR_FILENO, line);
    };
  }
  Progress progress("Wrapping the root", global.quiet);
  request.progress = [&](unsigned done, unsigned total) { progress.steps(done, total); };
  TRY_LET(const auto folder, anchor::StateFolder::create(path), "make state folder");
  auto made = anchor::create_anchor(folder, request);
  // Also where only the last sync failed: an anchor that is in place must not lose its code.
  std::error_code ignored;
  if (made.ok() || std::filesystem::exists(std::filesystem::symlink_status(folder.anchor_file(), ignored))) {
    recovery.keep();
  }
  TRY_LET(const auto file, std::move(made), "create anchor");
  TRY(report(global, arguments, folder, file, fingerprint), "report");
  return kExitDone;
}

}  // namespace holdfast::app
