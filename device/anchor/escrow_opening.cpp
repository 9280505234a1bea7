#include "device/anchor/escrow_opening.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "crypto/envelope.hpp"
#include "crypto/kdf.hpp"
#include "crypto/secret_sharing.hpp"

namespace holdfast::anchor {
namespace {

std::string quoted(const GivenShare& given) { return "'" + printable(given.place) + "'"; }

Result<EscrowShare> read(const GivenShare& given) {
  auto share = parse_share(given.text);
  if (share.ok()) return share;
  return Error(share.error().code(), quoted(given) + ": " + share.error().message());
}

// Names the officer as the slot knows them: what the share says about itself is anybody's word.
Result<void> judge(const EscrowSlot& slot, const AnchorId& anchor, const EscrowShare& share, const GivenShare& given) {
  if (share.anchor != anchor) {
    return Error(ErrorCode::wrong_passphrase, quoted(given) + " is a share of another anchor, " + share.anchor.hex() +
                                                  " ('" + printable(share.name) + "'); this one is " + anchor.hex());
  }
  if (share.escrow != slot.id) {
    return Error(ErrorCode::wrong_passphrase,
                 quoted(given) + " is a share of escrow " + to_hex(share.escrow.bytes) +
                     ", and this anchor has escrow " + to_hex(slot.id.bytes) +
                     ". Where its owner replaced the escrow, 'holdfast escrow export' writes the "
                     "new shares; where not, somebody altered the anchor file: put the latest copy in its place");
  }
  const bool known = share.index >= 1 && share.index <= slot.officers.size();
  const auto whose = known ? ", of " + printable(slot.officers[share.index - 1].subject) + "," : "";
  if (known) {
    TRY_LET(const auto check, check_of(slot, anchor, share), "derive check");
    if (crypto::ct_equal(check, slot.officers[share.index - 1].check)) return {};
  }
  return Error(ErrorCode::malformed, quoted(given) + " is altered: it is not the share " + std::to_string(share.index) +
                                         whose + " that was made for this escrow");
}

}  // namespace

Result<Bytes> check_of(const EscrowSlot& slot, const AnchorId& anchor, const EscrowShare& share) {
  Bytes info = crypto::label("escrow-share-check");
  append_lp(info, anchor.bytes);
  append_lp(info, slot.id.bytes);
  append_u32(info, share.index);
  TRY_LET(const auto check, crypto::hkdf(share.value, slot.salt, info, kShareCheckSize), "derive check");
  const auto bytes = check.expose(SecretAccess{});
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::string> share_file(const AnchorId& anchor, const EscrowSlot& slot, std::size_t officer) {
  const auto& holder = slot.officers.at(officer);
  TRY_LET(const auto block, crypto::envelope_to_pem(holder.share), "write share");
  return "Holdfast escrow share " + std::to_string(officer + 1) + " of " + std::to_string(slot.officers.size()) +
         ", of which " + std::to_string(slot.threshold) + " together open a device\n\nName         " +
         printable(slot.name) + "\nAnchor       " + anchor.hex() + "\nEscrow       " + to_hex(slot.id.bytes) +
         "\nMade         " + format_rfc3339(slot.made) + "\nOfficer      " + printable(holder.subject) +
         "\nCertificate  SHA-256 " + to_hex(holder.fingerprint) +
         "\n\nOnly this officer's key opens it, on any machine, with either of\n"
         "  holdfast escrow open-share FILE --key-file KEY --out OPENED\n"
         "  openssl cms -decrypt -inform PEM -in FILE -inkey KEY -out OPENED\n"
         "What comes out is secret: it goes to the device's owner, who needs it to recover the device, and to nobody "
         "else.\n\n" +
         block;
}

Result<SecretBytes> recombine(const EscrowSlot& slot, const AnchorId& anchor, const std::vector<GivenShare>& given) {
  std::vector<EscrowShare> shares;
  for (const auto& each : given) {
    TRY_LET(auto share, read(each), "read share");
    TRY(judge(slot, anchor, share, each), "judge share");
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (shares[i].index != share.index) continue;
      return Error(ErrorCode::usage, quoted(given[i]) + " and " + quoted(each) + " are the same share, of " +
                                         printable(slot.officers[share.index - 1].subject) +
                                         "; give another officer's");
    }
    shares.push_back(std::move(share));
  }
  if (shares.size() < slot.threshold) {
    return Error(ErrorCode::does_not_open, std::to_string(slot.threshold) + " of " +
                                               std::to_string(slot.officers.size()) +
                                               " officers' shares are needed, and " + std::to_string(shares.size()) +
                                               (shares.size() == 1 ? " was given" : " were given"));
  }
  std::vector<crypto::IndexedShare> enough;
  for (const auto& share : shares) {
    if (enough.size() < slot.threshold) enough.push_back({share.index, &share.value});
  }
  return crypto::combine_shares(enough);
}

}  // namespace holdfast::anchor
