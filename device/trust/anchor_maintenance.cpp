#include "device/trust/anchor_maintenance.hpp"

#include <system_error>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/trust/factors.hpp"

namespace holdfast::trust {
namespace {

using anchor::AnchorChange;
using anchor::Root;

Root copy_of(const Root& root) {
  return {root.anchor(), root.epoch(), SecretBytes::copy_of(root.secret().expose(SecretAccess{}))};
}

Error noisy_is_missing(const Drift& drift) {
  const auto name = printable(drift.name);
  if (drift.kind == DriftKind::changed) {
    return {ErrorCode::refused, "the noisy source '" + name +
                                    "' does not give the secret that was enrolled, and this change needs it; try "
                                    "again under the usual conditions, or give it up ('holdfast migrate --without " +
                                    name + "')"};
  }
  return {ErrorCode::refused, "the noisy source '" + name + "' is not available" +
                                  (drift.reason.empty() ? "" : ": " + drift.reason) +
                                  "; this change needs it, so make it available"};
}

}  // namespace

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

Result<void> AnchorMaintenance::set_policy(const MigrationPolicy& policy) {
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  change.file().migration = policy;
  change.log("policy-changed", "migration " + std::string(name_of(policy.mode)) + ", at most " +
                                   std::to_string(policy.most_changes) + " changes, " +
                                   std::to_string(policy.rest_days) + " days between");
  return commit(change, {});
}

Result<void> AnchorMaintenance::accept_rollback() {
  TRY_LET(const auto seen, mark_.read(opened_.file.id), "read generation mark");
  if (!seen || *seen <= opened_.file.generation) return {};
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  change.log("rollback-accepted",
             "generation " + std::to_string(opened_.file.generation) + " was put back after " + std::to_string(*seen));
  return commit(change, {});
}

Result<std::filesystem::path> AnchorMaintenance::restart_events() {
  const auto former = opened_.file.events;
  std::filesystem::path kept;
  {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    kept = folder_.path() / change.kept_log_name();
    change.restart_log();
    TRY(commit(change, {}), "let the log end");
  }
  std::error_code problem;
  if (!std::filesystem::exists(kept, problem)) kept.clear();
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  change.log("events-restarted", "the log until now, of " + std::to_string(former.count) + " events up to " +
                                     to_hex(former.hash) +
                                     (kept.empty() ? ", was gone" : ", is kept as " + kept.filename().string()));
  TRY(commit(change, {}), "begin a new log");
  return kept;
}

anchor::Proof AnchorMaintenance::proof(bool with_attributes, const SecretBytes* code) const {
  anchor::Proof made{.read_again = nullptr, .passphrase = passphrase(), .code = code, .with_puf_slot = with_attributes};
  if (with_attributes) {
    made.read_again = [this] { return read_again(opened_.file.sysroot, opened_.file.credential_file, options_); };
  }
  return made;
}

Result<void> AnchorMaintenance::commit(AnchorChange& change, AnchorChange::Commit how) {
  how.mark = &mark_;
  TRY_LET(auto file, change.commit(how), "change anchor");
  const crypto::ModuleScope scope(file.module);
  TRY_LET(auto roots, anchor::open_epochs(copy_of(change.root()), file.older_roots), "open older roots");
  opened_ = {std::move(file), std::move(roots)};
  return {};
}

Result<void> AnchorMaintenance::rotate(AnchorChange& change) {
  TRY(check_factors(), "check factors");
  TRY(change.rotate(), "draw root");
  TRY(rewrap(change), "wrap root");
  change.log("root-rotated", "root epoch " + std::to_string(change.root().epoch().number));
  return {};
}

Result<void> AnchorMaintenance::check_factors() const {
  TRY_LET(const auto report, anchor::drift_of(opened_, machine_), "compare attributes");
  for (const auto& drift : report.drift) {
    if (drift.noisy) return noisy_is_missing(drift);
    if (!drift.counted && !drift.required) continue;
    return Error(ErrorCode::refused, "the attribute '" + printable(drift.name) + "' is " +
                                         std::string(name_of(drift.kind)) +
                                         ", and a new root needs every attribute as it was; migrate first "
                                         "('holdfast migrate')");
  }
  if (!needs_passphrase(opened_.file) || passphrase() != nullptr) return {};
  return Error(ErrorCode::refused,
               "a new root needs this anchor's passphrase; give --unlock-passphrase-file or --unlock-passphrase-fd");
}

Result<void> AnchorMaintenance::rewrap(AnchorChange& change) {
  const crypto::ModuleScope scope(opened_.file.module);
  const auto* const former = opened_.file.fingerprint_slot();
  if (former == nullptr)
    return Error(ErrorCode::refused, "this anchor has no fingerprint slot, and this change needs one");
  TRY_LET(auto slot, anchor::renew_slot(*former), "renew slot");
  slot.epoch = change.root().epoch();
  TRY(anchor::wrap_root(slot, change.root(), {&machine_, passphrase()}, options_.progress), "wrap root");
  change.set_fingerprint_slot(std::move(slot));
  if (role_now() == NoisyRole::slot) return rewrap_puf_slot(change, *opened_.file.noisy());
  return {};
}

Result<void> AnchorMaintenance::rewrap_puf_slot(AnchorChange& change, const anchor::NoisyFactor& noisy) {
  TRY_LET(auto slot, anchor::make_puf_slot(change.root(), noisy, machine_), "make puf slot");
  change.set_puf_slot(std::move(slot));
  return {};
}

NoisyRole AnchorMaintenance::role_now() const {
  if (opened_.file.noisy() == nullptr) return NoisyRole::none;
  return opened_.file.puf_slot() == nullptr ? NoisyRole::required : NoisyRole::slot;
}

}  // namespace holdfast::trust
