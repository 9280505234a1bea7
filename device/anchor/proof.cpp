#include "device/anchor/proof.hpp"

#include <fcntl.h>

#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "device/anchor/anchor_file.hpp"
#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/quorum_wrap.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/anchor/remembered.hpp"

namespace holdfast::anchor {
namespace {

// An attribute that reads differently each time would make a quorum that nobody reaches.
Result<void> check_steady(const AnchorFile& file, const Root& root, const fingerprint::Fingerprint& fresh) {
  TRY_LET(const auto report,
          compare_with_remembered(root, file.remembered, *file.fingerprint_slot(), fresh, file.noisy()), "compare");
  for (const auto& drift : report.drift) {
    if (drift.noisy) {
      return Error(ErrorCode::refused,
                   "the noisy source '" + printable(drift.name) +
                       "' does not give the same secret when it is read once more" +
                       (drift.reason.empty() ? "" : " (" + drift.reason + ")") +
                       "; say with \"errors\" in the credential file that more of its bits may differ");
    }
    if (!drift.counted && !drift.required) continue;
    return Error(ErrorCode::refused,
                 "the attribute '" + printable(drift.name) +
                     "' changes from one reading to the next; leave it out, or name a steadier one");
  }
  return {};
}

Result<void> check_same(const Root& opened, const Root& root) {
  if (crypto::ct_equal(opened.secret().expose(SecretAccess{}), root.secret().expose(SecretAccess{}))) return {};
  return Error(ErrorCode::internal, "the anchor that was written does not open the same root");
}

Result<void> open_with_attributes(const AnchorFile& file, const Root& root, const Proof& proof) {
  TRY_LET(const auto fresh, proof.read_again(), "read attributes again");
  TRY(check_steady(file, root, fresh), "compare attributes");
  TRY_LET(const auto opened,
          unwrap_root(*file.fingerprint_slot(), root.anchor(), Factors{&fresh, proof.passphrase}, Search::first_subset),
          "open what was written");
  TRY(check_same(opened, root), "compare roots");
  if (!proof.with_puf_slot || file.puf_slot() == nullptr) return {};
  TRY_LET(const auto by_noisy, open_puf_slot(*file.puf_slot(), root.anchor(), fresh), "open with the noisy source");
  return check_same(by_noisy, root);
}

}  // namespace

Result<void> prove_written(const AtomicFile& writer, const Root& root, const Proof& proof) {
  (void)::posix_fadvise(writer.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  TRY_LET(const auto bytes, read_file(writer.temporary(), kMaxAnchorFileSize), "read back");
  TRY_LET(const auto unverified, parse_anchor_file(bytes), "parse what was written");
  TRY(verify_anchor_mac(unverified, root), "verify what was written");
  if (proof.read_again) TRY(open_with_attributes(unverified.file, root, proof), "open with attributes");
  if (proof.code != nullptr) {
    TRY_LET(const auto recovered, open_recovery_slot(*unverified.file.recovery_slot(), root.anchor(), *proof.code),
            "open what was written with the recovery code");
    TRY(check_same(recovered, root), "compare roots");
  }
  if (proof.escrow == nullptr) return {};
  TRY_LET(const auto opened, open_escrow_slot(*unverified.file.escrow_slot(), root.anchor(), *proof.escrow),
          "open what was written with the officers' secret");
  return check_same(opened, root);
}

}  // namespace holdfast::anchor
