// Certificates beside keys: NAME@VERSION.crt in the key folder, PEM, the key's own first.
#pragma once

#include <filesystem>

#include "core/result.hpp"
#include "crypto/certificate.hpp"
#include "device/keys/key_name.hpp"

namespace holdfast::keys {

/// Keeps the chain under the state folder's lock, in place of an earlier one. The caller has checked that it belongs to
/// the key.
[[nodiscard]] Result<void> store_certificate(const std::filesystem::path& state, const KeyId& id,
                                             const crypto::CertificateChain& chain);

/// ErrorCode::not_found, naming the key, where there is none. Whoever can write the folder can exchange it, so that it
/// must be checked against the key again.
[[nodiscard]] Result<crypto::CertificateChain> load_certificate(const std::filesystem::path& state, const KeyId& id);

}  // namespace holdfast::keys
