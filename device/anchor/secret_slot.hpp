// Slots that open with a random secret which lies somewhere else: on paper, or in shares with officers. What they have
// in common.
#pragma once

#include "core/json.hpp"
#include "crypto/hybrid_kem.hpp"
#include "device/anchor/root.hpp"

#include <array>

namespace holdfast::anchor {

inline constexpr std::size_t kSlotSaltSize = 32;

/// Names one slot of an anchor: 8 random bytes.
struct SlotId {
  std::array<std::uint8_t, 8> bytes{};
  bool operator==(const SlotId&) const = default;
};

/// The root encrypted to a key pair that the secret determines, and authenticated by a second key from it.
struct SecretSlot {
  SlotId id;
  RootEpoch epoch;
  Bytes salt;
  crypto::HybridPublicKey public_key;  ///< of the pair that the secret determines
  crypto::HybridCiphertext ciphertext;
  Bytes wrapped;             ///< the root under the encapsulated secret: nonce, encrypted root, tag
  Bytes authentication;      ///< HMAC-SHA-256 over all of the above under a key from the secret
  Bytes authentication_key;  ///< that key, wrapped under the root, so that a rotation can authenticate anew
};

/// The members that every slot has.
void read_slot_identity(JsonReader& reader, SlotId& id, RootEpoch& epoch);

/// The parameters: all members of a slot of `type` but what is wrapped.
[[nodiscard]] Json secret_parameters(const SecretSlot& slot, std::string_view type);
/// Adds what is wrapped to the parameters.
void add_wrap(Json& json, const SecretSlot& slot);
/// All of it back. What is wrong the reader keeps.
void read_secret_slot(JsonReader& reader, SecretSlot& slot);

}  // namespace holdfast::anchor
