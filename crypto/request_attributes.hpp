// What a certification authority says about the certificate requests that it accepts.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/suites.hpp"

#include <span>

namespace holdfast::crypto {

/// CsrAttrs (RFC 8951, 3.2) in DER, for an authority that issues certificates for these keys. They say what every
/// request must have: so where one kind of key alone will do, the one attribute that names it, with its curve or its
/// size in bits as the only value where it has one, and none otherwise (RFC 9908, 3.2). Where several will do there is
/// nothing that a request must have, and no form that leaves the choice: they are empty. ErrorCode::usage for an
/// algorithm that cannot sign.
[[nodiscard]] Result<Bytes> encode_request_attributes(std::span<const KeyAlgorithm> accepted);

}  // namespace holdfast::crypto
