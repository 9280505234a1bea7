// The closed sets of values that parameters have: for help, completions and messages.
#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::registry_app {

using Words = std::vector<std::string_view>;

[[nodiscard]] Words identity_states();
/// What an open grant is called whose time is over.
inline constexpr std::string_view kExpired = "expired";
[[nodiscard]] Words grant_states();
[[nodiscard]] Words revocation_reasons();
[[nodiscard]] Words operator_roles();
/// Whether a policy asks for approval.
[[nodiscard]] Words approvals();
/// Of keys that can be certified.
[[nodiscard]] Words key_algorithms();

/// "open, used, revoked".
[[nodiscard]] std::string listed(const Words& words);
/// ErrorCode::usage: `name` has a value that is none of `words`.
[[nodiscard]] Error none_of(std::string_view name, const Words& words);

}  // namespace holdfast::registry_app
