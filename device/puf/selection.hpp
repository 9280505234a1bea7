// Which cells of a response are used: all from some place on, or those that von Neumann's rule picks from a biased one.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast::puf {

/// `pairs`: of each two neighbouring cells that differ, the first (classic von Neumann, as Maes and others use it for
/// fuzzy extractors, CHES 2015). Which pairs differ is public. Where cells are independent with one bias, the first
/// cell of a differing pair is 0 or 1 with equal chances whatever that bias is, and the pairs that agree are not used,
/// so that the choice tells nothing about the bits that are. It tells how biased the source is.
enum class SelectionRule : std::uint8_t { all = 0, pairs = 1 };

[[nodiscard]] std::string_view name_of(SelectionRule rule);

/// Share of the cells that differ between readings, among those that von Neumann's rule picks, where it is `error_rate`
/// among all: the rarer value is the less steady one, and among the picked cells it is as frequent as the other. May be
/// above one half, which no code corrects.
[[nodiscard]] double error_rate_of_pairs(double error_rate, double ones);

/// The differing pairs among `cells`, one bit a pair, most significant first, up to and with the one that completes
/// `wanted` cells; bits behind that are zero. ErrorCode::refused where there are fewer.
[[nodiscard]] Result<Bytes> pick_differing_pairs(ByteView cells, std::size_t wanted);

/// How many pairs differ.
[[nodiscard]] std::size_t count_differing_pairs(ByteView cells);

/// How many pairs differ and are not picked, or are picked and do not differ. `cells` has two bytes for each of
/// `picked`. The same steps whatever the cells hold.
[[nodiscard]] std::uint64_t count_mispicked_pairs(ByteView cells, ByteView picked);

/// The first cells of the picked pairs, in order, until `size` bytes are full; zeros where fewer are picked, which
/// parse_helper_data refuses. `cells` has two bytes for each of `picked`. The same steps whatever the cells hold.
[[nodiscard]] SecretBytes gather_pairs(ByteView cells, ByteView picked, std::size_t size);

}  // namespace holdfast::puf
