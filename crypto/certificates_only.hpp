// Certificates in one wrapper, as EST and other protocols hand them out.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <span>

namespace holdfast::crypto {

/// A SignedData (PKCS #7 1.5, RFC 5652) without content and signers that holds these certificates (DER) in their order,
/// byte for byte; the same bytes for the same certificates. ErrorCode::usage where there are none,
/// ErrorCode::malformed where one is no certificate.
[[nodiscard]] Result<Bytes> certificates_only(std::span<const Bytes> certificates);

}  // namespace holdfast::crypto
