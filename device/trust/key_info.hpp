// What a provider tells about a key.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "device/keys/key_record.hpp"
#include "device/keys/key_selection.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace holdfast::trust {

using crypto::KeyUse;
using keys::KeyId;
using keys::KeyName;
using keys::KeyOrigin;
using keys::KeySelection;
using keys::KeyState;
using keys::KeyVersion;

/// Everything about one key but its secret. Public: it may be logged and shown.
struct KeyInfo {
  KeyId id;
  crypto::KeyAlgorithm algorithm;
  std::set<KeyUse> uses;
  KeyOrigin origin;
  KeyState state;
  std::optional<Timestamp> created;  ///< nullopt where nothing remembers it
  keys::PublicHalf half;
  std::uint32_t root_epoch = 0;  ///< of the anchor's root that protects it; 0 where there is no anchor
};

/// One place in a provider where a key is kept: what it says, or why it cannot be read.
struct ListedKey {
  std::string place;
  Result<KeyInfo> info;
};

/// The public key as the world exchanges it: PEM of a SubjectPublicKeyInfo, or of a hybrid key.
/// ErrorCode::usage for data keys, which have none.
[[nodiscard]] Result<std::string> public_pem_of(const KeyInfo& info);

}  // namespace holdfast::trust
