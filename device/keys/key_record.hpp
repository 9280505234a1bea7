// What is known about a key without its secret: the record that people and listings read.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"
#include "device/anchor/root.hpp"
#include "device/keys/key_material.hpp"
#include "device/keys/key_name.hpp"

namespace holdfast::keys {

using crypto::KeyUse;

/// Where a key's secret comes from: derived from the root, or stored wrapped, random or brought along.
enum class KeyOrigin { derived, random, imported };

/// Only active keys may be used. A disabled key may come back; a destroyed one only keeps its name taken.
enum class KeyState { active, disabled, destroyed };

using crypto::name_of;
[[nodiscard]] std::string_view name_of(KeyOrigin origin);
[[nodiscard]] std::string_view name_of(KeyState state);

/// Read what a person typed; ErrorCode::usage, listing what exists, for anything else.
[[nodiscard]] Result<KeyUse> parse_key_use(std::string_view text);
[[nodiscard]] Result<KeyOrigin> parse_key_origin(std::string_view text);

/// Everything about one key but its secret. Public: it may be logged and shown.
struct KeyRecord {
  KeyId id;
  crypto::KeyAlgorithm algorithm;
  std::set<KeyUse> uses;
  KeyOrigin origin;
  anchor::AnchorId anchor;
  anchor::RootEpoch epoch;  ///< of the root that wraps the secret, or from which it is derived
  Timestamp created;
  KeyState state;
  PublicHalf half;

  bool operator==(const KeyRecord&) const = default;
};

/// The record as one line of canonical JSON, without a newline.
[[nodiscard]] Result<std::string> to_json(const KeyRecord& record);

/// Reads exactly what to_json writes, and checks that public_sha256 is the public key's. ErrorCode::malformed
/// for everything else. Pure: nothing is authenticated here.
[[nodiscard]] Result<KeyRecord> parse_key_record(std::string_view json);

/// The record's public key, ready to verify with. Works in every state: old signatures outlive their key.
/// ErrorCode::usage where it is no key pair of OpenSSL's kinds (is_plain_bytes).
[[nodiscard]] Result<crypto::PublicKey> public_key_of(const KeyRecord& record);

}  // namespace holdfast::keys
