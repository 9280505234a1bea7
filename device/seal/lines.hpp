// Internal to device/seal: what the first lines of sealed files and of files from outside have in common.
#pragma once

#include "core/bytes.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "device/seal/header.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::seal {

/// One of the two kinds of file, and how messages speak of it.
struct Format {
  std::string_view stem;        ///< line 1 up to the version
  std::string_view kind;        ///< "a file sealed by Holdfast"
  std::string_view made;        ///< "sealed"
  std::string_view other_stem;  ///< the other kind's line 1
  std::string_view is_other;    ///< what to say of a file of the other kind
};

/// ErrorCode::malformed, the subject first.
[[nodiscard]] Error malformed(const std::string& subject, const std::string& why);
[[nodiscard]] Error truncated(const std::string& subject);

/// Where line 2 lies in a file.
struct HeaderSpan {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< of its newline
};

/// Reads line 1 and finds line 2. A file of the other kind is ErrorCode::refused, anything else that is wrong
/// ErrorCode::malformed.
[[nodiscard]] Result<HeaderSpan> find_header(std::string_view text, const Format& format, const std::string& subject);

/// Line 2 as JSON, within bounds and in its one spelling.
[[nodiscard]] Result<Json> parse_header_json(std::string_view line, const std::string& subject);
/// Messages about JSON quote the file, which may hold anything, also what a terminal would obey.
[[nodiscard]] Error showable(const Error& error);

/// The member `suite`.
[[nodiscard]] crypto::AeadSuite read_suite(JsonReader& reader);
[[nodiscard]] std::array<std::uint8_t, kSaltSize> read_salt(JsonReader& reader);
/// Optional members, which are absent rather than empty, so that one header has one spelling.
[[nodiscard]] std::string read_name(JsonReader& reader);
[[nodiscard]] std::string read_media_type(JsonReader& reader);

/// Reads the 64 digits of a tag.
[[nodiscard]] Result<Tag> parse_tag(std::string_view digits, const std::string& subject);

/// ErrorCode::refused where the reader insists on another name than the file's. `made` as in Format.
[[nodiscard]] Result<void> check_name(const std::string& name, const std::optional<std::string>& wanted,
                                      const std::string& subject, std::string_view made);

/// The bytes in which the first lines of a regular file lie, without moving the descriptor's position.
[[nodiscard]] Result<Bytes> peek_preamble(int fd, const std::string& name_for_errors);

}  // namespace holdfast::seal
