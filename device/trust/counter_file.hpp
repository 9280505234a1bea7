// The software provider's counter: a small file in the state folder, authenticated under the root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/result.hpp"
#include "device/anchor/root.hpp"

namespace holdfast::trust {

/// 0 where nothing was counted yet. ErrorCode::malformed for a file that was altered, and for another anchor's;
/// ErrorCode::refused for one of a later root than `roots` has.
[[nodiscard]] Result<std::uint64_t> read_counter(const std::filesystem::path& state, const anchor::Roots& roots);
/// Adds one under the state folder's lock, and returns the new value once it is on the disk. `check_root` is asked
/// under the lock whether the newest root is still the anchor's newest; nothing is counted where it refuses.
[[nodiscard]] Result<std::uint64_t> increment_counter(const std::filesystem::path& state, const anchor::Roots& roots,
                                                      const std::function<Result<void>()>& check_root);
/// Writes the counter anew under the newest root, before an earlier one is forgotten. It can be read before and after.
/// The caller holds the state folder's lock, and the newest root of the anchor.
[[nodiscard]] Result<void> keep_counter(const std::filesystem::path& state, const anchor::Roots& roots);

}  // namespace holdfast::trust
