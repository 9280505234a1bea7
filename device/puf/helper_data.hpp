// Helper data: what is stored, in the clear, to find the same secret again. Format: docs/formats/puf.md.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "device/puf/code.hpp"
#include "device/puf/selection.hpp"

#include <cstdint>

namespace holdfast::puf {

inline constexpr std::size_t kSaltSize = 32;
/// The largest response, in bytes, and so the farthest place of a cell.
inline constexpr std::size_t kMaxResponse = std::size_t{1} << 20;
inline constexpr std::size_t kMaxHelperData = 58 + (kMaxResponse / 2) + (kMostRepetitions * kRowBytes);

/// Parsed helper data, or such as are to be written. Not secret, and of no use without the source; whoever alters them
/// gets a secret that nobody can compute, and no error.
struct HelperData {
  Code code = {};
  SelectionRule rule = SelectionRule::all;
  std::uint32_t first_byte = 0;  ///< of the response: where the cells begin
  Bytes salt;                    ///< kSaltSize random bytes
  Bytes picked;                  ///< the pairs that are used, one bit each, code.cells() in all; empty with `all`
  Bytes offset;                  ///< cells XOR codewords, code.repetitions rows

  /// Bytes that a response must have.
  [[nodiscard]] std::size_t response_size() const;
};

[[nodiscard]] Bytes serialise_helper_data(const HelperData& helper);

/// ErrorCode::malformed unless version, code, rule and sizes agree, exactly as many pairs are picked as the code takes
/// cells, and the last byte of them picks one. Salt and offset may be anything. Looks at nothing but these bytes, which
/// are public, so that what it says tells nothing about a source.
[[nodiscard]] Result<HelperData> parse_helper_data(ByteView bytes);

}  // namespace holdfast::puf
