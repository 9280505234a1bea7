// What a certification authority says about the certificate requests that it accepts.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/suites.hpp"

#include <span>

namespace holdfast::crypto {

/// CsrAttrs (RFC 7030, 4.5.2; RFC 9908) in DER, naming the keys for which certificates are issued, in the order given:
/// the curves as values of id-ecPublicKey, the sizes in bits as values of rsaEncryption, other algorithms by their OID
/// alone. ErrorCode::usage for an algorithm that cannot sign.
[[nodiscard]] Result<Bytes> encode_request_attributes(std::span<const KeyAlgorithm> accepted);

}  // namespace holdfast::crypto
