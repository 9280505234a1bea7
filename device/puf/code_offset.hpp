// Internal: codewords in rows of cells, and back by majorities.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/puf/code.hpp"

namespace holdfast::puf {

/// A row of random codewords; the six bits behind them are zero.
[[nodiscard]] Result<SecretBytes> random_codewords();

/// The row that is nearest to what `rows` (cells XOR offset) say: in each column the majority, then in each word of 23
/// columns the nearest codeword. Works on 64 columns at once, and the same way for every input.
[[nodiscard]] SecretBytes nearest_codewords(ByteView rows, const Code& code);

/// Each row of `rows` XOR `row`, with zeros in the columns that are passed over.
[[nodiscard]] SecretBytes add_to_rows(ByteView rows, const SecretBytes& row);

}  // namespace holdfast::puf
