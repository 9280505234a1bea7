// The two numbers of an ECDSA signature, for protocols that do not wrap them in DER.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/suites.hpp"

namespace holdfast::crypto {

/// Big-endian, each as long as the curve's order: 32, 48 or 66 bytes.
struct EcdsaNumbers {
  Bytes r;
  Bytes s;
};

/// Takes an ECDSA-Sig-Value (RFC 3279) apart. ErrorCode::malformed where it is none, has bytes behind it or numbers
/// that are too large for the curve; ErrorCode::usage for an algorithm that is not ECDSA. Thread-safe.
[[nodiscard]] Result<EcdsaNumbers> parse_ecdsa_signature(KeyAlgorithm algorithm, ByteView der);

}  // namespace holdfast::crypto
