#include "device/anchor/escrow_wrap.hpp"

#include <utility>

#include "core/text.hpp"
#include "crypto/envelope.hpp"
#include "crypto/random.hpp"
#include "crypto/secret_sharing.hpp"
#include "device/anchor/escrow_opening.hpp"
#include "device/anchor/escrow_share.hpp"
#include "device/anchor/secret_wrap.hpp"

namespace holdfast::anchor {
namespace {

constexpr SecretKind kEscrow{
    .key_pair = "escrow-key-pair",
    .authentication = "escrow-authentication",
    .wrap = "escrow-wrap",
    .authentication_key = "escrow-authentication-key",
    .another_secret = "these shares do not open this anchor's escrow",
    .altered = "the escrow slot of the anchor was altered; restore the anchor file from a backup"};
constexpr std::size_t kShortId = 8;

Error about(const OfficerCertificate& officer, const Error& problem) {
  return {problem.code(), "'" + printable(officer.place) + "': " + problem.message()};
}

Result<void> check_counts(const EscrowRequest& request) {
  const auto count = request.officers.size();
  if (count < crypto::kMinThreshold || count > crypto::kMaxShares) {
    return Error(
        ErrorCode::usage,
        "an escrow has 2 to 16 officers, and " + std::to_string(count) +
            (count == 1 ? " is named; one alone would open everything, as a recovery code does" : " are named"));
  }
  if (request.threshold < crypto::kMinThreshold || request.threshold > count) {
    return Error(ErrorCode::usage, "of " + std::to_string(count) + " officers, 2 to " + std::to_string(count) +
                                       " open the anchor together, and not " + std::to_string(request.threshold));
  }
  return {};
}

Result<void> check_name(const std::string& name) {
  if (name.size() <= kMaxEscrowName && printable(name) == name) return {};
  return Error(ErrorCode::usage, "an escrow's name has at most 64 bytes, and no control characters");
}

// Also a renewed certificate: one person would count for two.
Result<void> check_apart(const OfficerCertificate& earlier, const OfficerCertificate& later) {
  TRY_LET(const auto key, earlier.chain.leaf_key().fingerprint(), "find key");
  TRY_LET(const auto other_key, later.chain.leaf_key().fingerprint(), "find key");
  if (key != other_key) return {};
  return Error(ErrorCode::refused, "'" + printable(earlier.place) + "' and '" + printable(later.place) +
                                       "' are for the same key; each officer has a key of their own");
}

// The officers' shares, encrypted, and how each is known again.
Result<void> share_out(EscrowSlot& slot, const AnchorId& anchor, const SecretBytes& secret,
                       const EscrowRequest& request) {
  const auto count = static_cast<unsigned>(request.officers.size());
  TRY_LET(auto values, crypto::split_secret(secret, {slot.threshold, count}), "split secret");
  for (unsigned i = 0; i < count; ++i) {
    const auto& chain = request.officers[i].chain;
    EscrowOfficer officer{.subject = chain.leaf().subject.empty() ? "(no subject)" : chain.leaf().subject,
                          .fingerprint = chain.leaf().fingerprint,
                          .expires = chain.leaf().not_after,
                          .check = {},
                          .share = {}};
    EscrowShare share{.anchor = anchor,
                      .escrow = slot.id,
                      .name = slot.name,
                      .officer = officer.subject,
                      .index = i + 1,
                      .count = count,
                      .threshold = slot.threshold,
                      .value = std::move(values[i])};
    TRY_LET(officer.check, check_of(slot, anchor, share), "derive check");
    TRY_LET(const auto text, format_share(share), "write share");
    auto envelope = crypto::make_envelope(chain, text);
    if (!envelope.ok()) return about(request.officers[i], envelope.error());
    officer.share = std::move(envelope).value();
    slot.officers.push_back(std::move(officer));
  }
  return {};
}

}  // namespace

Result<void> check_escrow_request(const EscrowRequest& request, Timestamp now) {
  TRY(check_counts(request), "check counts");
  TRY(check_name(request.name), "check name");
  for (const auto& officer : request.officers) {
    const auto receives = crypto::check_receives(officer.chain, now);
    if (!receives.ok()) return about(officer, receives.error());
    for (const auto& earlier : request.officers) {
      if (&earlier == &officer) break;
      TRY(check_apart(earlier, officer), "compare officers");
    }
  }
  return {};
}

Result<SecretBytes> make_escrow_secret() { return crypto::random_secret(crypto::kSharedSecretSize); }

Result<EscrowSlot> make_escrow_slot(const Root& root, const SecretBytes& secret, const EscrowRequest& request,
                                    Timestamp now) {
  TRY(check_escrow_request(request, now), "check request");
  EscrowSlot slot;
  TRY(begin_secret_slot(slot, root.anchor(), secret, kEscrow), "begin escrow slot");
  slot.name = request.name.empty() ? root.anchor().hex().substr(0, kShortId) : request.name;
  slot.made = now;
  slot.threshold = request.threshold;
  TRY(share_out(slot, root.anchor(), secret, request), "share secret");
  TRY(seal_to_secret(slot, parameters_of(slot), root, secret, kEscrow), "wrap root");
  return slot;
}

Result<EscrowSlot> rewrap_escrow_slot(const EscrowSlot& slot, const Root& before, const Root& after) {
  EscrowSlot renewed = slot;
  TRY(reseal_to_secret(renewed, parameters_of(slot), before, after, kEscrow), "wrap root");
  return renewed;
}

Result<Root> open_escrow_slot(const EscrowSlot& slot, const AnchorId& anchor, const SecretBytes& secret) {
  return open_with_secret(slot, parameters_of(slot), anchor, secret, kEscrow);
}

}  // namespace holdfast::anchor
