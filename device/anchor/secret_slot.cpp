#include "device/anchor/secret_slot.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::size_t kAuthenticationSize = 32;
constexpr std::size_t kWrappedRootSize = kRootSize + crypto::kWrapOverhead;
constexpr std::size_t kWrappedKeySize = kAuthenticationSize + crypto::kWrapOverhead;

std::string name_of(crypto::HybridGroup group) { return group == crypto::HybridGroup::p384 ? "p384" : "x25519"; }

}  // namespace

void read_slot_identity(JsonReader& reader, SlotId& id, RootEpoch& epoch) {
  const auto bytes = reader.hex("id", id.bytes.size());
  if (bytes.size() == id.bytes.size()) std::ranges::copy(bytes, id.bytes.begin());
  epoch = {static_cast<std::uint32_t>(reader.number("epoch", 1, UINT32_MAX))};
}

Json secret_parameters(const SecretSlot& slot, std::string_view type) {
  return {{"type", type},
          {"id", to_hex(slot.id.bytes)},
          {"epoch", slot.epoch.number},
          {"salt", to_base64(slot.salt)},
          {"public_" + name_of(slot.public_key.group), to_base64(slot.public_key.classical)},
          {"public_ml_kem_768", to_base64(slot.public_key.ml_kem_768)}};
}

void add_wrap(Json& json, const SecretSlot& slot) {
  json["ephemeral_" + name_of(slot.public_key.group)] = to_base64(slot.ciphertext.classical);
  json["ciphertext_ml_kem_768"] = to_base64(slot.ciphertext.ml_kem_768);
  json["wrapped"] = to_base64(slot.wrapped);
  json["authentication"] = to_hex(slot.authentication);
  json["authentication_key"] = to_base64(slot.authentication_key);
}

void read_secret_slot(JsonReader& reader, SecretSlot& slot) {
  (void)reader.text("type", 32);
  read_slot_identity(reader, slot.id, slot.epoch);
  slot.salt = reader.base64("salt", kSlotSaltSize, kSlotSaltSize);
  // Which of the two groups, the first member's name tells.
  using enum crypto::HybridGroup;
  slot.public_key.group = reader.has("public_p384") ? p384 : x25519;
  const auto group = name_of(slot.public_key.group);
  const auto size = crypto::public_size_of(slot.public_key.group);
  slot.public_key.classical = reader.base64("public_" + group, size, size);
  slot.public_key.ml_kem_768 =
      reader.base64("public_ml_kem_768", crypto::kMlKem768PublicSize, crypto::kMlKem768PublicSize);
  slot.ciphertext.classical = reader.base64("ephemeral_" + group, size, size);
  slot.ciphertext.ml_kem_768 =
      reader.base64("ciphertext_ml_kem_768", crypto::kMlKem768CiphertextSize, crypto::kMlKem768CiphertextSize);
  slot.wrapped = reader.base64("wrapped", kWrappedRootSize, kWrappedRootSize);
  slot.authentication = reader.hex("authentication", kAuthenticationSize);
  slot.authentication_key = reader.base64("authentication_key", kWrappedKeySize, kWrappedKeySize);
}

}  // namespace holdfast::anchor
