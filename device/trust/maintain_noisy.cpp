#include "device/trust/anchor_maintenance.hpp"

#include "core/text.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/noisy_enrolment.hpp"

namespace holdfast::trust {

using anchor::AnchorChange;

Result<NoisyInfo> AnchorMaintenance::renew_noisy_source() {
  const auto* const before = opened_.file.noisy();
  if (before == nullptr) return Error(ErrorCode::not_found, "this anchor has no noisy source to enrol again");
  TRY(check_factors(), "check factors");
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(const auto fresh, anchor::enrol_noisy_again(*before, machine_), "enrol noisy source again");
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  TRY(wrap_with_noisy(change, fresh, role_now()), "wrap root");
  change.log(std::string(anchor::kNoisyEnrolled), printable(fresh.name) + " again: " + anchor::code_of(fresh));
  TRY(commit(change, {.proof = proof(true, nullptr)}), "commit");
  return *noisy_of(opened_.file);
}

Result<std::string> AnchorMaintenance::add_noisy_source(NoisyRole role) {
  if (opened_.file.noisy() != nullptr) {
    return Error(ErrorCode::refused, "this anchor has the noisy source '" + printable(opened_.file.noisy()->name) +
                                         "' already; give it up first ('holdfast migrate --without NAME')");
  }
  TRY(check_factors(), "check factors");
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(const auto made, enrol_noisy_source(machine_, reading()), "enrol noisy source");
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  // Copies of the file until now ask for less.
  const bool tightens = role == NoisyRole::required;
  if (tightens) TRY(change.rotate(), "draw root");
  TRY(wrap_with_noisy(change, made.factor, role), "wrap root");
  if (!options_.credential_file.empty()) change.file().credential_file = absolute_path(options_.credential_file);
  change.log(std::string(anchor::kNoisyEnrolled),
             anchor::words_for(made) + (tightens ? "; required" : "; with a slot of its own"));
  if (tightens) change.log("root-rotated", "root epoch " + std::to_string(change.root().epoch().number));
  TRY(commit(change, {.proof = proof(true, nullptr)}), "commit");
  return anchor::words_for(made);
}

fingerprint::CollectOptions AnchorMaintenance::reading() const {
  const bool other = !options_.credential_file.empty();
  return reading_of(opened_.file.sysroot, other ? options_.credential_file : opened_.file.credential_file,
                    options_.program_folder);
}

Result<void> AnchorMaintenance::wrap_with_noisy(AnchorChange& change, const anchor::NoisyFactor& noisy,
                                                NoisyRole role) {
  const auto* const former = opened_.file.fingerprint_slot();
  if (former == nullptr)
    return Error(ErrorCode::refused, "this anchor has no fingerprint slot, and this change needs one");
  TRY_LET(auto slot, anchor::renew_slot(*former), "renew slot");
  if (role == NoisyRole::required) slot.noisy = noisy;
  slot.epoch = change.root().epoch();
  TRY(anchor::wrap_root(slot, change.root(), {&machine_, passphrase()}, options_.progress), "wrap root");
  change.set_fingerprint_slot(std::move(slot));
  if (role == NoisyRole::slot) TRY(rewrap_puf_slot(change, noisy), "wrap root for the noisy source");
  TRY_LET(change.file().remembered, anchor::remember(change.root(), machine_, &noisy), "remember attributes");
  return {};
}

}  // namespace holdfast::trust
