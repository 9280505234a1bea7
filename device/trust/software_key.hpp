// A key whose secret is in this process's memory, behind the Key interface.
#pragma once

#include <memory>

#include "core/clock.hpp"
#include "crypto/receiving_key.hpp"
#include "device/trust/key.hpp"
#include "device/trust/profile.hpp"

namespace holdfast::trust {

/// Keeps a copy of the profile: the key may outlive its provider.
[[nodiscard]] std::unique_ptr<Key> make_software_key(KeyInfo info, keys::KeyMaterial material, KeyUse use,
                                                     const Profile& profile);

/// A random key that lives in memory only. ErrorCode::usage for a use that the algorithm does not know,
/// ErrorCode::refused for what the profile forbids. `now` is when it was made.
[[nodiscard]] Result<std::unique_ptr<Key>> make_ephemeral_key(crypto::KeyAlgorithm algorithm, KeyUse use,
                                                              const Profile& profile, Timestamp now);

/// What opens files from outside, of the material of a key that receives.
[[nodiscard]] Result<crypto::ReceivingKey> make_receiving_key(crypto::KeyAlgorithm algorithm,
                                                              keys::KeyMaterial material);

}  // namespace holdfast::trust
