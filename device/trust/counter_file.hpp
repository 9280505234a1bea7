// The software provider's counter: a small file in the state folder, authenticated under the root.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/result.hpp"
#include "device/anchor/root.hpp"

namespace holdfast::trust {

/// 0 where nothing was counted yet. ErrorCode::malformed for a file that was altered, and for another anchor's.
[[nodiscard]] Result<std::uint64_t> read_counter(const std::filesystem::path& state, const anchor::Roots& roots);
/// Adds one under the state folder's lock, and returns the new value once it is on the disk.
[[nodiscard]] Result<std::uint64_t> increment_counter(const std::filesystem::path& state, const anchor::Roots& roots);

}  // namespace holdfast::trust
