// Internal to crypto/: what it costs to turn the passphrase of an encrypted key into its key.
#pragma once

#include <openssl/x509.h>

#include "core/result.hpp"

namespace holdfast::crypto::openssl {

/// Whoever made an encrypted key says how much work each try of a passphrase is, up to days. ErrorCode::refused for
/// more than about ten seconds, or more memory than OpenSSL gives.
[[nodiscard]] Result<void> check_pbe_cost(const X509_ALGOR& encryption);

}  // namespace holdfast::crypto::openssl
