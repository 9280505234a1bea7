#include "device/trust/anchor_maintenance.hpp"

#include "core/text.hpp"
#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/trust/delivery.hpp"
#include "device/trust/profile_file.hpp"

namespace holdfast::trust {
namespace {

using anchor::AnchorChange;

std::string escrow_detail(const EscrowInfo& escrow) {
  std::vector<std::string> officers;
  officers.reserve(escrow.officers.size());
  for (const auto& officer : escrow.officers) officers.push_back(officer.subject);
  return "escrow " + escrow.id + ", " + std::to_string(escrow.threshold) + " of " +
         std::to_string(escrow.officers.size()) + " officers: " + list_of(officers);
}

}  // namespace

Result<void> AnchorMaintenance::renew_recovery_code(const RecoveryDelivery& delivery) {
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  const bool replaces = opened_.file.recovery_slot() != nullptr;
  // Whoever has the old code and an old copy of the file would go on reading what is sealed from now on.
  if (replaces) TRY(rotate(change), "rotate root");
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(const auto code, anchor::make_recovery_code(), "draw recovery code");
  TRY_LET(auto slot, anchor::make_recovery_slot(change.root(), code), "make recovery slot");
  change.set_recovery_slot(std::move(slot));
  change.log("recovery-code-issued", replaces ? "the one before opens nothing new" : "recovery slot added");
  Delivery handing_over(delivery);
  const auto deliver = [&]() -> Result<void> {
    TRY_LET(const auto text, anchor::format_recovery_code(code), "format recovery code");
    return handing_over.deliver(text);
  };
  auto done = commit(change, {.proof = proof(replaces, &code), .deliver = deliver});
  if (change.took_effect()) handing_over.keep();
  return done;
}

Result<void> AnchorMaintenance::revoke_recovery_code() {
  if (opened_.file.recovery_slot() == nullptr) {
    return Error(ErrorCode::not_found, "this anchor has no recovery code to revoke");
  }
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  // First, so that the root is not even wrapped for the code that shall open nothing more.
  change.set_recovery_slot(std::nullopt);
  TRY(rotate(change), "rotate root");
  change.log("recovery-code-revoked", "recovery slot removed");
  return commit(change, {.proof = proof(true, nullptr)});
}

Result<void> AnchorMaintenance::note_recovery_test() {
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  change.log("recovery-code-tested", "the recovery code opened this anchor");
  return commit(change, {});
}

Result<void> AnchorMaintenance::renew_escrow(const EscrowRequest& request, ReplaceEscrow replace,
                                             const ShareDelivery& delivery) {
  const auto now = system_clock_now();
  TRY(anchor::check_escrow_request(request, now), "check request");
  TRY(check_profile(request), "check profile");
  const bool replaces = opened_.file.escrow_slot() != nullptr;
  if (replaces && replace == ReplaceEscrow::refused) {
    return Error(ErrorCode::refused,
                 "this anchor has an escrow already ('holdfast escrow list'); --replace makes another in its place");
  }
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  // The officers until now, with an old copy of the file, would go on reading what is sealed from now on. They are
  // removed first, so that the new root is not even wrapped for them.
  change.set_escrow_slot(std::nullopt);
  if (replaces) TRY(rotate(change), "rotate root");
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(const auto secret, anchor::make_escrow_secret(), "draw escrow secret");
  TRY_LET(auto slot, anchor::make_escrow_slot(change.root(), secret, request, now), "make escrow slot");
  const auto info = describe_escrow(opened_.file.id, slot);
  change.set_escrow_slot(std::move(slot));
  change.log("escrow-made", escrow_detail(info) + (replaces ? "; the one before opens nothing new" : ""));
  Delivery handing_over(delivery);
  auto made = proof(replaces, nullptr);
  made.escrow = &secret;
  auto done = commit(change, {.proof = made, .deliver = [&] { return handing_over.deliver(info); }});
  if (change.took_effect()) handing_over.keep();
  return done;
}

Result<void> AnchorMaintenance::remove_escrow() {
  if (opened_.file.escrow_slot() == nullptr) {
    return Error(ErrorCode::not_found, "this anchor has no escrow to remove");
  }
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  // First, so that the root is not even wrapped for officers who shall open nothing more.
  change.set_escrow_slot(std::nullopt);
  TRY(rotate(change), "rotate root");
  change.log("escrow-removed", "escrow slot removed");
  return commit(change, {.proof = proof(true, nullptr)});
}

Result<void> AnchorMaintenance::note_escrow_test() {
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  change.log("escrow-tested", "the officers' shares opened this anchor");
  return commit(change, {});
}

Result<void> AnchorMaintenance::check_profile(const EscrowRequest& request) const {
  const auto profile = profile_of_device(opened_.file.profile, opened_.file.module);
  for (const auto& officer : request.officers) {
    const auto allowed = check_algorithm(profile, officer.chain.leaf_key().algorithm());
    if (allowed.ok()) continue;
    return Error(allowed.error().code(), "'" + printable(officer.place) + "': " + allowed.error().message());
  }
  return {};
}

}  // namespace holdfast::trust
