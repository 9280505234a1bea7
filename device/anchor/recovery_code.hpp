// The printed recovery code: 160 random bits and a checksum, grouped for reading aloud.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"

namespace holdfast::anchor {

inline constexpr std::size_t kRecoveryCodeSize = 20;

/// A fresh code: kRecoveryCodeSize random bytes.
[[nodiscard]] Result<SecretBytes> make_recovery_code();

/// The code as people see it: 40 characters of Crockford base32 in 8 groups of 5, for the code and the first
/// 40 bits of SHA-256(label("recovery-checksum") || code).
[[nodiscard]] Result<SecretBytes> format_recovery_code(const SecretBytes& code);

/// Reads what people type: any case, spaces and dashes anywhere, I and L for 1, O for 0. A typing error is
/// ErrorCode::wrong_passphrase and says that the checksum does not match.
[[nodiscard]] Result<SecretBytes> parse_recovery_code(const SecretBytes& text);

}  // namespace holdfast::anchor
