// Bodies of EST: base64 with line breaks, in which RFC 8951 leaves no room for Content-Transfer-Encoding.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace holdfast::est {

/// The PKCS #10 in a request's body, DER or PEM. Base64 may have white space anywhere; clients that send PEM in place
/// of base64 are understood. ErrorCode::malformed with what to send instead.
[[nodiscard]] Result<Bytes> parse_body(ByteView body);

/// Base64 in lines of 64 characters, each with a line feed.
[[nodiscard]] Bytes write_body(ByteView der);

}  // namespace holdfast::est
