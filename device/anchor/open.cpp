#include "device/anchor/open.hpp"

#include <utility>

#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"

namespace holdfast::anchor {
namespace {

Result<OpenedAnchor> verify(UnverifiedAnchorFile file, Root root, bool by_noisy_alone = false) {
  TRY(verify_anchor_mac(file, root), "verify anchor file");
  TRY_LET(auto roots, open_epochs(std::move(root), file.file.older_roots), "open older roots");
  return OpenedAnchor{std::move(file.file), std::move(roots), by_noisy_alone};
}

// Behind a factor that fits, what does not authenticate is no wrong guess but an altered file.
Result<Root> judge(Result<Root> root) {
  if (root.ok() || root.error().code() != ErrorCode::malformed) return root;
  return altered_anchor_file();
}

Result<Root> open_fingerprint_slot(const AnchorFile& file, const Factors& factors, Search search,
                                   const SearchProgress& progress) {
  const FingerprintSlot* slot = file.fingerprint_slot();
  if (slot == nullptr) {
    return Error(ErrorCode::does_not_open, "this anchor has no fingerprint slot; open it with its recovery code");
  }
  return unwrap_root(*slot, file.id, factors, search, progress);
}

// Where the fingerprint slot did not open, the noisy source's own may.
Result<Root> open_by_noisy_alone(const AnchorFile& file, const fingerprint::Fingerprint& machine, Error why_not) {
  const PufSlot* slot = file.puf_slot();
  if (slot == nullptr || why_not.code() != ErrorCode::does_not_open) return why_not;
  auto root = judge(open_puf_slot(*slot, file.id, machine));
  if (root.ok() || root.error().code() != ErrorCode::does_not_open) return root;
  return Error(ErrorCode::does_not_open, why_not.message() + "; and " + root.error().message());
}

}  // namespace

Result<OpenedAnchor> open_with_fingerprint(UnverifiedAnchorFile file, const Factors& factors, Search search,
                                           const SearchProgress& progress) {
  TRY(crypto::load_module(file.file.module), "load cryptographic module");
  const crypto::ModuleScope scope(file.file.module);
  auto root = judge(open_fingerprint_slot(file.file, factors, search, progress));
  if (root.ok()) return verify(std::move(file), std::move(*root));
  TRY_LET(auto by_noisy, open_by_noisy_alone(file.file, *factors.fingerprint, std::move(root).error()),
          "open fingerprint slot");
  return verify(std::move(file), std::move(by_noisy), true);
}

Result<OpenedAnchor> open_with_recovery_code(UnverifiedAnchorFile file, const SecretBytes& typed) {
  TRY(crypto::load_module(file.file.module), "load cryptographic module");
  const crypto::ModuleScope scope(file.file.module);
  const RecoverySlot* slot = file.file.recovery_slot();
  if (slot == nullptr) return Error(ErrorCode::not_found, "this anchor has no recovery code");
  TRY_LET(const auto code, parse_recovery_code(typed), "read recovery code");
  TRY_LET(auto root, judge(open_recovery_slot(*slot, file.file.id, code)), "open recovery slot");
  return verify(std::move(file), std::move(root));
}

Result<OpenedAnchor> open_with_escrow(UnverifiedAnchorFile file, const std::vector<GivenShare>& shares) {
  TRY(crypto::load_module(file.file.module), "load cryptographic module");
  const crypto::ModuleScope scope(file.file.module);
  const EscrowSlot* slot = file.file.escrow_slot();
  if (slot == nullptr) return Error(ErrorCode::not_found, "this anchor has no escrow");
  TRY_LET(const auto secret, recombine(*slot, file.file.id, shares), "combine shares");
  TRY_LET(auto root, judge(open_escrow_slot(*slot, file.file.id, secret)), "open escrow slot");
  return verify(std::move(file), std::move(root));
}

Result<DriftReport> drift_of(const OpenedAnchor& anchor, const fingerprint::Fingerprint& today) {
  const FingerprintSlot* slot = anchor.file.fingerprint_slot();
  if (slot == nullptr) return DriftReport{};
  const crypto::ModuleScope scope(anchor.file.module);
  return compare_with_remembered(anchor.roots.newest(), anchor.file.remembered, *slot, today, anchor.file.noisy());
}

Result<std::vector<CloneSign>> clone_signs_of(const OpenedAnchor& anchor, const fingerprint::Origin& today) {
  if (anchor.file.origin.empty()) return std::vector<CloneSign>();
  const crypto::ModuleScope scope(anchor.file.module);
  return compare_origin(anchor.roots.newest(), anchor.file.origin, today);
}

}  // namespace holdfast::anchor
