// Encrypting to whoever has the key of a certificate: CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM, as
// `openssl cms -decrypt` opens it too.
#pragma once

#include "core/clock.hpp"
#include "crypto/certificate.hpp"

#include <string>

namespace holdfast::crypto {

inline constexpr std::size_t kMaxEnvelope = std::size_t{16} * 1024;

/// Whether something can be encrypted to the first certificate today: an RSA key (RSA-OAEP with SHA-256), or one on a
/// NIST curve (ECDH, with the hash that fits the curve), whose certificate is valid at `now` and, where it says what it
/// is for, is for that. ErrorCode::refused with what to do. Does not judge who issued it.
[[nodiscard]] Result<void> check_receives(const CertificateChain& chain, Timestamp now);

/// CMS in DER, which only the first certificate's key opens. `content` of at most 8 KiB. Thread-safe.
[[nodiscard]] Result<Bytes> make_envelope(const CertificateChain& to, const SecretBytes& content);

/// What make_envelope made. ErrorCode::wrong_passphrase where the key does not open it, whether it is another one or
/// the envelope was altered, which nobody can tell apart; ErrorCode::malformed for bytes that are no such envelope.
[[nodiscard]] Result<SecretBytes> open_envelope(ByteView der, const PrivateKey& key);

/// The block "CMS".
[[nodiscard]] Result<std::string> envelope_to_pem(ByteView der);
/// DER, from a file with or without text in front of its block. ErrorCode::malformed.
[[nodiscard]] Result<Bytes> read_envelope(ByteView pem_or_der);

}  // namespace holdfast::crypto
