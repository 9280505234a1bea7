#include "device/anchor/open.hpp"

#include <utility>

#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"

namespace holdfast::anchor {
namespace {

Result<OpenedAnchor> verify(UnverifiedAnchorFile file, Root root) {
  TRY(verify_anchor_mac(file, root), "verify anchor file");
  TRY_LET(auto roots, open_epochs(std::move(root), file.file.older_roots), "open older roots");
  return OpenedAnchor{std::move(file.file), std::move(roots)};
}

}  // namespace

Result<OpenedAnchor> open_with_fingerprint(UnverifiedAnchorFile file, const Factors& factors, Search search,
                                           const SearchProgress& progress) {
  TRY(crypto::load_module(file.file.module), "load cryptographic module");
  const crypto::ModuleScope scope(file.file.module);
  const FingerprintSlot* slot = file.file.fingerprint_slot();
  if (slot == nullptr) {
    return Error(ErrorCode::does_not_open, "this anchor has no fingerprint slot; open it with its recovery code");
  }
  TRY_LET(auto root, unwrap_root(*slot, file.file.id, factors, search, progress), "open fingerprint slot");
  return verify(std::move(file), std::move(root));
}

Result<OpenedAnchor> open_with_recovery_code(UnverifiedAnchorFile file, const SecretBytes& typed) {
  TRY(crypto::load_module(file.file.module), "load cryptographic module");
  const crypto::ModuleScope scope(file.file.module);
  const RecoverySlot* slot = file.file.recovery_slot();
  if (slot == nullptr) return Error(ErrorCode::not_found, "this anchor was made without a recovery code");
  TRY_LET(const auto code, parse_recovery_code(typed), "read recovery code");
  TRY_LET(auto root, open_recovery_slot(*slot, file.file.id, code), "open recovery slot");
  return verify(std::move(file), std::move(root));
}

Result<OpenedAnchor> open_with_escrow(UnverifiedAnchorFile file, const std::vector<GivenShare>& shares) {
  TRY(crypto::load_module(file.file.module), "load cryptographic module");
  const crypto::ModuleScope scope(file.file.module);
  const EscrowSlot* slot = file.file.escrow_slot();
  if (slot == nullptr) return Error(ErrorCode::not_found, "this anchor has no escrow");
  TRY_LET(const auto secret, recombine(*slot, file.file.id, shares), "combine shares");
  TRY_LET(auto root, open_escrow_slot(*slot, file.file.id, secret), "open escrow slot");
  return verify(std::move(file), std::move(root));
}

Result<DriftReport> drift_of(const OpenedAnchor& anchor, const fingerprint::Fingerprint& today) {
  const FingerprintSlot* slot = anchor.file.fingerprint_slot();
  if (slot == nullptr) return DriftReport{};
  const crypto::ModuleScope scope(anchor.file.module);
  return compare_with_remembered(anchor.roots.newest(), anchor.file.remembered, *slot, today);
}

Result<std::vector<CloneSign>> clone_signs_of(const OpenedAnchor& anchor, const fingerprint::Origin& today) {
  if (anchor.file.origin.empty()) return std::vector<CloneSign>();
  const crypto::ModuleScope scope(anchor.file.module);
  return compare_origin(anchor.roots.newest(), anchor.file.origin, today);
}

}  // namespace holdfast::anchor
