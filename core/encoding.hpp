// Text and binary encodings: hex, base64, Crockford base32, and the length-prefixed fields of the formats.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);
/// Accepts both cases; refuses odd lengths and other characters (ErrorCode::malformed).
[[nodiscard]] Result<Bytes> parse_hex(std::string_view text);

/// RFC 4648 base64 with padding, in one line.
[[nodiscard]] std::string to_base64(ByteView bytes);
/// Canonical input only: no white space, exact padding, unused bits zero (ErrorCode::malformed).
[[nodiscard]] Result<Bytes> parse_base64(std::string_view text);

/// Crockford base32 in upper case, most significant bits first; `bytes.size() * 8` must divide by 5.
[[nodiscard]] std::string to_crockford32(ByteView bytes);
/// Reads what people type: any case, I and L as 1, O as 0; spaces and dashes are passed over.
[[nodiscard]] Result<Bytes> parse_crockford32(std::string_view text);

/// Appends `value` in big-endian order.
void append_u32(Bytes& to, std::uint32_t value);
void append_u64(Bytes& to, std::uint64_t value);
/// Appends LP(field): a 4-byte big-endian length, then the field itself.
void append_lp(Bytes& to, ByteView field);

}  // namespace holdfast
