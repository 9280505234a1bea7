#include "device/anchor/puf_slot.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "crypto/compare.hpp"
#include "crypto/kdf.hpp"
#include "crypto/random.hpp"
#include "device/anchor/slot_members.hpp"

namespace holdfast::anchor {
namespace {

// w = HKDF(stretch(LP("puf") || LP(r), salt), label("puf-wrap") || LP(slot id))
Result<SecretBytes> wrap_key(const PufSlot& slot, const fingerprint::NoisyReading& reading) {
  TRY_LET(const auto key, noisy_key(slot.noisy, reading), "derive factor");
  const auto guess = crypto::join_secrets({as_bytes("puf"), key.expose(SecretAccess{})});
  TRY_LET(const auto stretched, crypto::stretch(guess, slot.salt, slot.costs), "stretch factor");
  Bytes info = crypto::label("puf-wrap");
  append_lp(info, slot.id.bytes);
  return crypto::hkdf(stretched, {}, info);
}

Error does_not_open(const std::string& more) {
  return {ErrorCode::does_not_open, "the noisy source does not open this anchor" + more};
}

}  // namespace

Json parameters_of(const PufSlot& slot) {
  Json json{{"type", "puf"},
            {"id", to_hex(slot.id.bytes)},
            {"epoch", slot.epoch.number},
            {"salt", to_base64(slot.salt)},
            {"noisy", to_json(slot.noisy)}};
  add_costs(json, slot.costs);
  return json;
}

Json puf_slot_json(const PufSlot& slot) {
  Json json = parameters_of(slot);
  json["wrap"] = text_of(slot.wrap);
  return json;
}

Result<Slot> parse_puf_slot(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  PufSlot slot;
  (void)reader.text("type", 32);
  read_slot_identity(reader, slot.id, slot.epoch);
  slot.salt = reader.base64("salt", kSlotSaltSize, kSlotSaltSize);
  const auto costs = read_costs(reader);
  const Json& noisy = reader.object("noisy");
  const auto wrap = reader.base64("wrap", kCommitmentSize + kWrappedRootSize, kCommitmentSize + kWrappedRootSize);
  TRY(reader.finish(), "parse puf slot");
  TRY_LET(slot.costs, parse_costs(costs, what), "parse costs");
  TRY_LET(slot.noisy, parse_noisy_factor(noisy, what + ", noisy source"), "parse noisy source");
  slot.wrap = split_wrap(wrap);
  return Slot(std::move(slot));
}

Result<PufSlot> make_puf_slot(const Root& root, const NoisyFactor& factor,
                              const fingerprint::Fingerprint& fingerprint) {
  const auto* const reading = find_present(fingerprint, factor);
  if (reading == nullptr) return Error(ErrorCode::internal, "a slot was to be written without its noisy source");
  PufSlot slot;
  TRY(crypto::fill_random(slot.id.bytes), "choose slot id");
  TRY_LET(slot.salt, crypto::random_bytes(kSlotSaltSize), "choose slot salt");
  TRY_LET(slot.noisy, renew_noisy(factor), "renew noisy source");
  slot.epoch = root.epoch();
  slot.costs = crypto::stretch_costs(crypto::StretchPreset::standard);
  TRY_LET(const auto key, wrap_key(slot, *reading), "derive wrap key");
  TRY_LET(const auto associated, associated_data(root.anchor(), slot.epoch, parameters_of(slot)), "bind slot");
  TRY_LET(slot.wrap.commitment, commitment_of(key), "commit to wrap key");
  TRY_LET(slot.wrap.wrapped, crypto::wrap_secret(key, associated, root.secret()), "wrap root");
  return slot;
}

Result<Root> open_puf_slot(const PufSlot& slot, const AnchorId& anchor, const fingerprint::Fingerprint& fingerprint) {
  const auto* const reading = find_present(fingerprint, slot.noisy);
  if (reading == nullptr) return does_not_open(words_for({explain_missing(fingerprint, slot.noisy)}));
  TRY_LET(const auto key, wrap_key(slot, *reading), "derive wrap key");
  TRY_LET(const auto commitment, commitment_of(key), "derive commitment");
  if (!crypto::ct_equal(commitment, slot.wrap.commitment)) return does_not_open("");
  // Behind a matching commitment a failure is not a wrong guess but an altered file.
  TRY_LET(const auto associated, associated_data(anchor, slot.epoch, parameters_of(slot)), "bind slot");
  TRY_LET(auto root, crypto::unwrap_secret(key, associated, slot.wrap.wrapped), "unwrap root");
  return Root(anchor, slot.epoch, std::move(root));
}

}  // namespace holdfast::anchor
