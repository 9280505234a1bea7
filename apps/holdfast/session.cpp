#include "apps/holdfast/session.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/terminal.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "device/fingerprint/collect.hpp"
#include "device/trust/software_provider.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxRecoveryFile = 4096;

using anchor::Search;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Empty where neither a file nor a descriptor was named.
Result<std::optional<SecretBytes>> given_passphrase(const GlobalArguments& global) {
  if (!global.unlock_passphrase_file.empty()) {
    TRY_LET(auto passphrase, passphrase_from_file(global, global.unlock_passphrase_file),
            "read --unlock-passphrase-file");
    return std::optional(std::move(passphrase));
  }
  if (global.unlock_passphrase_fd) {
    TRY_LET(auto passphrase, passphrase_from_descriptor(*global.unlock_passphrase_fd), "read --unlock-passphrase-fd");
    return std::optional(std::move(passphrase));
  }
  return std::optional<SecretBytes>();
}

// A typing error is likelier than drift: ask a second time before the long search.
Result<anchor::OpenedAnchor> open_by_asking(const GlobalArguments& global, anchor::UnverifiedAnchorFile file,
                                            const fingerprint::Fingerprint& fingerprint) {
  TRY_LET(auto passphrase, prompt_for_passphrase("Passphrase of this device's anchor"), "ask for passphrase");
  auto opened = anchor::open_with_fingerprint(file, {&fingerprint, &passphrase}, Search::first_subset);
  if (opened.ok() || opened.error().code() != ErrorCode::does_not_open) return opened;
  note(global, "That does not open it. Once more; if it is right, something about this machine has changed.");
  TRY_LET(passphrase, prompt_for_passphrase("Passphrase of this device's anchor"), "ask for passphrase");
  Progress progress("Searching the quorum", global.quiet);
  return anchor::open_with_fingerprint(std::move(file), {&fingerprint, &passphrase}, Search::all_subsets,
                                       [&](unsigned done, unsigned total) { progress.steps(done, total); });
}

void note_drift(const GlobalArguments& global, const anchor::OpenedAnchor& anchor,
                const fingerprint::Fingerprint& today) {
  const auto report = anchor::drift_of(anchor, today);
  if (!report.ok()) return;
  unsigned changed = 0;
  for (const auto& drift : report->drift) {
    if (drift.counted && drift.kind != anchor::DriftKind::appeared) ++changed;
  }
  if (changed == 0) return;
  note(global, std::to_string(changed) + " of this machine's counted attributes changed or cannot be read; " +
                   std::to_string(report->margin) +
                   " more may change before the anchor no longer opens ('holdfast status' lists them).");
}

}  // namespace

Result<std::filesystem::path> state_folder_path(const GlobalArguments& global) {
  if (!global.dir.empty()) return std::filesystem::path(global.dir);
  if (const auto dir = environment("HOLDFAST_DIR"); !dir.empty()) return std::filesystem::path(dir);
  if (::geteuid() == 0) return std::filesystem::path("/var/lib/holdfast");
  if (const auto data = environment("XDG_DATA_HOME"); !data.empty()) return std::filesystem::path(data) / "holdfast";
  if (const auto home = environment("HOME"); !home.empty())
    return std::filesystem::path(home) / ".local/share/holdfast";
  return Error(ErrorCode::usage, "there is no home folder to keep state in; name a folder with --dir or HOLDFAST_DIR");
}

Result<fingerprint::Fingerprint> collect_for(const anchor::AnchorFile& file) {
  std::error_code problem;
  if (!std::filesystem::is_directory(file.sysroot, problem)) {
    return Error(
        ErrorCode::does_not_open,
        "the folder '" + file.sysroot + "', below which this anchor reads the machine's attributes, is not there");
  }
  fingerprint::CollectOptions options;
  options.sysroot = file.sysroot;
  if (!file.credential_file.empty()) options.credential_file = file.credential_file;
  auto collected = fingerprint::collect(options);
  if (collected.ok() || file.credential_file.empty()) return collected;
  return Error(collected.error().code(),
               "with the credential file that this anchor was made with: " + collected.error().message());
}

Result<anchor::OpenedAnchor> open_anchor(const GlobalArguments& global, anchor::UnverifiedAnchorFile file,
                                         const fingerprint::Fingerprint& fingerprint, Prompting prompting) {
  TRY_LET(const auto passphrase, given_passphrase(global), "read passphrase");
  const auto* slot = file.file.fingerprint_slot();
  const bool wanted = slot != nullptr && slot->needs_passphrase;
  if (wanted && !passphrase && prompting == Prompting::allowed && can_prompt()) {
    return open_by_asking(global, std::move(file), fingerprint);
  }
  Progress progress("Searching the quorum", global.quiet);
  return anchor::open_with_fingerprint(std::move(file), {&fingerprint, passphrase ? &*passphrase : nullptr},
                                       Search::all_subsets,
                                       [&](unsigned done, unsigned total) { progress.steps(done, total); });
}

Result<OpenProvider> open_provider(const GlobalArguments& global) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  TRY_LET(const auto folder, anchor::StateFolder::open(path), "open state folder");
  TRY_LET(auto file, folder.load_anchor(), "load anchor");
  TRY_LET(const auto fingerprint, collect_for(file.file), "collect attributes");
  TRY_LET(auto opened, open_anchor(global, std::move(file), fingerprint, Prompting::allowed), "open anchor");
  note_drift(global, opened, fingerprint);
  return trust::make_software_provider(folder.path(), std::move(opened));
}

Result<OpenProvider> open_provider_with_recovery_file(const GlobalArguments& global, const std::string& recovery_file) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  TRY_LET(const auto folder, anchor::StateFolder::open(path), "open state folder");
  TRY_LET(auto file, folder.load_anchor(), "load anchor");
  TRY_LET(const auto code, read_secret_file(recovery_file, kMaxRecoveryFile), "read recovery code");
  TRY_LET(auto opened, anchor::open_with_recovery_code(std::move(file), code), "open with recovery code");
  return trust::make_software_provider(folder.path(), std::move(opened));
}

void note(const GlobalArguments& global, const std::string& text) {
  if (!global.quiet && !global.json) std::fputs(("holdfast: " + printable(text, 4096) + "\n").c_str(), stderr);
}

Result<void> print(const GlobalArguments& global, const Json& json, const std::string& text) {
  // File names and values may be any bytes; what is not UTF-8 is shown as such, after the work is done.
  const auto out = global.json ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text;
  return write_all(STDOUT_FILENO, as_bytes(out), "standard output");
}

}  // namespace holdfast::app
