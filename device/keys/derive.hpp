// The keys that the key store takes from the root. Every purpose, algorithm, name and version has an HKDF
// output of its own, so that no two keys share any part of a random stream.
#pragma once

#include <functional>

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/key_pair.hpp"
#include "device/anchor/root.hpp"
#include "device/keys/key_name.hpp"

namespace holdfast::keys {

/// Whether deriving a key of this algorithm takes so little that it is done at every use and nothing is stored. Not so
/// for RSA, whose primes take seconds to find: there the derived key is stored as a random one is.
[[nodiscard]] bool is_derived_at_once(crypto::KeyAlgorithm algorithm);

/// The uniformly random bytes from which one identity key is made: root.key("identity-key",
/// LP(algorithm's name) || LP(key's name) || version as u32), as many as the algorithm takes.
/// ErrorCode::usage where is_derivable does not hold.
[[nodiscard]] Result<SecretBytes> identity_key_material(const anchor::Root& root, const KeyId& id,
                                                        crypto::KeyAlgorithm algorithm);

/// The identity key itself: the same for the same anchor, epoch, name, version and algorithm, for ever. `progress` is
/// called now and then while RSA primes are searched for.
[[nodiscard]] Result<crypto::PrivateKey> derive_identity_key(const anchor::Root& root, const KeyId& id,
                                                             crypto::KeyAlgorithm algorithm,
                                                             const std::function<void()>& progress = {});

/// The key under which the key files of this root's epoch are authenticated and encrypted.
[[nodiscard]] Result<SecretBytes> derive_store_key(const anchor::Root& root);

}  // namespace holdfast::keys
