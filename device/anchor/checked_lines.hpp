// The frame that the anchor file and the stateless configuration share: a line that names format and version, one line
// of canonical JSON, a MAC under the root over both, and a digest over everything before it.
#pragma once

#include "core/bytes.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <string>
#include <string_view>

namespace holdfast::anchor {

inline constexpr std::size_t kMaxCheckedFileSize = std::size_t{1} << 20;

/// How one of these files is called. Refers to text that lives for ever.
struct CheckedFileKind {
  std::string_view what;    ///< begins messages: "the anchor file"
  std::string_view magic;   ///< line 1: "holdfast-anchor-v1"
  std::string_view prefix;  ///< line 1 of every version: "holdfast-anchor-v"
  std::string_view remedy;  ///< ends messages: "restore it from a backup"
};

/// What parse_checked_lines found. Refers to the bytes that were parsed.
struct CheckedLines {
  std::string_view body;   ///< line 2 without its newline
  ByteView authenticated;  ///< lines 1 and 2
  Bytes mac;               ///< not checked: that takes the root
};

/// ErrorCode::malformed: "<what> <why>; <remedy>".
[[nodiscard]] Error malformed_file(const CheckedFileKind& kind, const std::string& why);
/// Of a file whose bytes are whole and not those that were written with the root.
[[nodiscard]] Error altered_file(const CheckedFileKind& kind);

/// Takes the file apart and checks the digest, which finds accidental damage before any secret is asked for.
/// ErrorCode::malformed says what is wrong. Pure, thread-safe.
[[nodiscard]] Result<CheckedLines> parse_checked_lines(const CheckedFileKind& kind, ByteView bytes);

/// ErrorCode::malformed where lines 1 and 2 were changed by somebody without the key.
[[nodiscard]] Result<void> verify_mac(const CheckedFileKind& kind, ByteView authenticated, ByteView mac,
                                      const SecretBytes& key);

/// The bytes of the file. ErrorCode::malformed for text in `body` that is not UTF-8.
[[nodiscard]] Result<Bytes> write_checked_lines(const CheckedFileKind& kind, const Json& body, const SecretBytes& key);

}  // namespace holdfast::anchor
