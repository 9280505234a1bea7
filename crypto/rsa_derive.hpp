// Internal to crypto/: RSA keys that a seed determines (docs/formats/derived-rsa.md).
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/openssl.hpp"

#include <functional>

namespace holdfast::crypto {

/// The key pair of `modulus_bits` with e = 65537 that 64 uniform bytes determine. `progress` as for
/// PrivateKey::derive.
[[nodiscard]] Result<openssl::Pkey> derive_rsa(unsigned modulus_bits, const SecretBytes& seed,
                                               const std::function<void()>& progress);

}  // namespace holdfast::crypto
