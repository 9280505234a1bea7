// Internal to this folder: memory that this library filled with sealed data, told from whatever else a caller frees.
#pragma once

#include "core/bytes.hpp"

#include <cstddef>

namespace holdfast::tap {

/// How many bytes a mark takes behind the data.
inline constexpr std::size_t kSealedMark = 16;

/// Marks `memory`, of which the first `filled` bytes are sealed data: they are no secret, and may be large, so that
/// wiping them before they are freed would take as long as sealing did. At least kSealedMark bytes follow them.
/// Thread-safe.
void mark_as_sealed(MutableByteView memory, std::size_t filled);

/// Whether `data`, which malloc gave, is what mark_as_sealed marked in this process. Plaintext never is, however it
/// begins: the mark depends on a secret of this process and on how the data begin. Thread-safe.
[[nodiscard]] bool is_marked_as_sealed(ByteView data);

}  // namespace holdfast::tap
