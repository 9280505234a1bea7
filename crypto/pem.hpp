// One block of PEM (RFC 7468): base64 between two lines that name what it holds.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>

namespace holdfast::crypto {

/// Whether there is a PEM block in `bytes`; what has none may be DER.
[[nodiscard]] bool has_pem(ByteView bytes);

/// The name in the first block's first line, such as "PUBLIC KEY"; empty where there is no block.
[[nodiscard]] std::string_view pem_name(ByteView bytes);

/// The content of the one block of `pem`, which has one of that `name`. Not for secrets. ErrorCode::malformed for other
/// names, more than one block and damage; a private key is ErrorCode::refused before it is decoded.
[[nodiscard]] Result<Bytes> read_pem(ByteView pem, std::string_view name);

[[nodiscard]] Result<std::string> write_pem(std::string_view name, ByteView content);

/// What to say where a public key is wanted and a private one was given.
[[nodiscard]] Error private_key_given();

}  // namespace holdfast::crypto
