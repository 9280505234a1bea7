// Memory for secrets: locked against swapping and kept out of core dumps, as far as the system allows.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast {

/// Zeroed memory for one secret of `size` bytes, at least 1. Throws std::bad_alloc. Thread-safe.
///
/// Locking works on whole pages, and RLIMIT_MEMLOCK is small on many systems. So keys, which are short and many,
/// share pages that stay locked for the life of the process; anything longer gets pages of its own.
[[nodiscard]] std::uint8_t* allocate_locked(std::size_t size);

/// Wipes and returns what allocate_locked gave for the same size.
void free_locked(std::uint8_t* memory, std::size_t size) noexcept;

/// Whether the system lets this process lock secrets into memory.
[[nodiscard]] bool memory_locking_works();

/// How many bytes of pages for secrets the system has refused to lock in this process so far. Thread-safe.
[[nodiscard]] std::size_t refused_lock_bytes();

}  // namespace holdfast
