// SHA-2 (FIPS 180-4) and HMAC (FIPS 198-1).
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <initializer_list>
#include <memory>

namespace holdfast::crypto {

enum class HashAlgorithm { sha256, sha384, sha512 };

[[nodiscard]] std::size_t digest_size(HashAlgorithm algorithm);

/// The digest of the concatenation of `parts`.
[[nodiscard]] Result<Bytes> hash(HashAlgorithm algorithm, std::initializer_list<ByteView> parts);

/// HMAC-SHA-256 over the concatenation of `parts`: 32 bytes.
[[nodiscard]] Result<Bytes> hmac_sha256(const SecretBytes& key, std::initializer_list<ByteView> parts);

}  // namespace holdfast::crypto
