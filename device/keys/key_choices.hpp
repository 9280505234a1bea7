// What a key is made of and for where nobody says, and what makes sense.
#pragma once

#include <optional>
#include <set>

#include "core/result.hpp"
#include "device/keys/key_record.hpp"

namespace holdfast::keys {

/// Derived where that is quick, else random (RSA). ErrorCode::usage for an origin that the algorithm cannot have.
[[nodiscard]] Result<KeyOrigin> choose_origin(crypto::KeyAlgorithm algorithm, std::optional<KeyOrigin> wanted);

/// `wanted`, or where that is empty what such keys are for. ErrorCode::usage for what the algorithm cannot do.
[[nodiscard]] Result<std::set<KeyUse>> choose_uses(crypto::KeyAlgorithm algorithm, const std::set<KeyUse>& wanted);

}  // namespace holdfast::keys
