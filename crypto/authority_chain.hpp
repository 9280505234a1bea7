// Whether the certificates of authorities belong together.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

#include <optional>
#include <span>

namespace holdfast::crypto {

/// Checks the certificates (DER) of an authority and of those above it, each in front of its issuer's, a root last:
/// signatures, the rules of RFC 5280 for authorities and the lengths of paths; and validity at `at`, if it is given.
/// The root is believed. ErrorCode::refused, naming the certificate; ErrorCode::malformed where one is none.
[[nodiscard]] Result<void> check_authority_chain(std::span<const Bytes> certificates, std::optional<Timestamp> at);

}  // namespace holdfast::crypto
