// Encrypting data under a key that stays: one message at a time, AES-256-GCM.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/aead.hpp"

namespace holdfast::crypto {

/// Plaintext bytes of one message. What is larger is sealed, in chunks that verify one by one.
inline constexpr std::size_t kMaxDataSize = std::size_t{64} << 20;
/// What encrypting adds: the nonce in front and the tag behind.
inline constexpr std::size_t kDataOverhead = kAeadNonceSize + kAeadTagSize;

/// 12 random bytes of nonce || ciphertext || 16 bytes of tag, under `key` of kAeadKeySize bytes. `associated` may be
/// empty; decrypting takes the same again. ErrorCode::usage for more than kMaxDataSize bytes.
///
/// One key encrypts at most 2^32 messages (NIST SP 800-38D, 8.3): up to there the chance that any two random nonces
/// are the same stays below 2^-32. Whoever may reach that number uses several keys; nothing here counts.
[[nodiscard]] Result<Bytes> encrypt_data(const SecretBytes& key, ByteView associated, ByteView plaintext);

/// The plaintext of what encrypt_data wrote. ErrorCode::malformed for everything else: altered, truncated, or made
/// with another key or other associated data, which cannot be told apart.
[[nodiscard]] Result<SecretBytes> decrypt_data(const SecretBytes& key, ByteView associated, ByteView encrypted);

}  // namespace holdfast::crypto
