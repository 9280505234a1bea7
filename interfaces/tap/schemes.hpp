// Signature schemes by their numbers.
#pragma once

#include "core/bytes.hpp"
#include "crypto/signature.hpp"
#include "interfaces/tap/failure.hpp"

namespace holdfast::tap {

/// How a signature is made, and of which bytes.
struct Signing {
  crypto::SignatureScheme scheme;
  ByteView input;  ///< within the caller's input
};

/// What the numbered scheme means for a key of this algorithm and an input of this kind; include/holdfast/tap.h has the
/// rules. ERR_TAP_INVALID_SCHEME, ERR_TAP_INVALID_INPUT, ERR_TAP_UNSUPPORTED and HOLDFAST_TAP_ERR_REFUSED as there.
[[nodiscard]] Answer<Signing> choose_signing(crypto::KeyAlgorithm algorithm, TAP_SIG_SCHEME scheme,
                                             crypto::InputKind kind, ByteView input);

/// Whether a scheme is for keys of this algorithm; NONE leaves it to each call. ERR_TAP_INVALID_SCHEME where it is not,
/// or is none at all.
[[nodiscard]] Answer<> check_scheme(crypto::KeyAlgorithm algorithm, TAP_SIG_SCHEME scheme);

}  // namespace holdfast::tap
