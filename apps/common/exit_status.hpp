// The exit statuses of the command, mapped from kinds of failure exactly once.
#pragma once

#include "core/error.hpp"

namespace holdfast::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitSignatureInvalid = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInternal = 9;
inline constexpr int kExitNeedsAttention = 10;

[[nodiscard]] int exit_status(ErrorCode code);

}  // namespace holdfast::app
