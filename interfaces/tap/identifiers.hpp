// Key identifiers in the spellings that are in circulation, and the keys that they stand for.
#pragma once

#include "core/bytes.hpp"
#include "crypto/suites.hpp"
#include "interfaces/tap/failure.hpp"

namespace holdfast::tap {

/// What an identifier of 4 or 8 bytes stands for. `declared` is the algorithm that a caller gave beside it, or
/// TAP_KEY_ALGORITHM_UNDEFINED: it decides what 02000001 means, which is RSA-2048 where nobody says.
/// ERR_TAP_INVALID_INPUT for another size; ERR_TAP_INVALID_ALGORITHM where nothing is called so, and where that has
/// another algorithm than was declared; ERR_TAP_UNSUPPORTED_ALGORITHM where `declared` itself is none of ours.
[[nodiscard]] Answer<crypto::KeyAlgorithm> parse_identifier(ByteView identifier, TAP_KEY_ALGORITHM declared);

/// Whether what a caller says of a key, beside its algorithm, is so: 0 says nothing, as does an undefined algorithm.
/// ERR_TAP_INVALID_ALGORITHM for another size, curve or parameter set.
[[nodiscard]] Answer<> check_description(crypto::KeyAlgorithm algorithm, const TAP_KeyInfo& info);

/// RSA, ECC or ML-DSA.
[[nodiscard]] TAP_KEY_ALGORITHM algorithm_number(crypto::KeyAlgorithm algorithm);

/// Sets algorithm and size, curve or parameter set; the rest becomes 0.
void describe_key(crypto::KeyAlgorithm algorithm, TAP_KeyInfo& info);

}  // namespace holdfast::tap
