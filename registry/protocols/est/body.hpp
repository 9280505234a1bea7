// Bodies of EST: base64, for which RFC 8951 leaves no room for a Content-Transfer-Encoding.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace holdfast::est {

/// The PKCS #10 in a request's body, DER or PEM. Base64 may have white space anywhere; clients that send PEM in place
/// of base64 are understood. ErrorCode::malformed with what to send instead.
[[nodiscard]] Result<Bytes> parse_body(ByteView body);

/// Whether an answer's base64 has line feeds. RFC 8951 leaves that open, and clients differ: strongSwan, which speaks
/// HTTP/1.1, takes them for digits; libest, which speaks HTTP/1.0, reads no line of more than 1,024 characters.
enum class LineBreaks : std::uint8_t {
  none,
  each_64,  ///< after 64 characters, and at the end
};

[[nodiscard]] Bytes write_body(ByteView der, LineBreaks breaks);

}  // namespace holdfast::est
