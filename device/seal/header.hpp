// The three text lines before a sealed file's chunks. docs/formats/sealed-file.md specifies them byte by byte.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "crypto/kdf.hpp"
#include "crypto/suites.hpp"
#include "device/anchor/root.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::seal {

inline constexpr std::string_view kMagicLine = "holdfast-sealed-v1\n";
/// Line 2 without its newline.
inline constexpr std::size_t kMaxHeaderSize = 4096;
inline constexpr std::size_t kSaltSize = 32;
inline constexpr std::size_t kTagSize = 32;
/// Line 3 with its newline: two tags in hexadecimal and a space between them.
inline constexpr std::size_t kTagLineSize = 4 * kTagSize + 2;
/// No sealed file has more bytes before its first chunk.
inline constexpr std::size_t kMaxPreambleSize = kMagicLine.size() + kMaxHeaderSize + 1 + kTagLineSize;

using Tag = std::array<std::uint8_t, kTagSize>;

/// How a passphrase becomes key material.
struct PassphraseParams {
  crypto::StretchCosts costs;
  Bytes salt;

  bool operator==(const PassphraseParams&) const = default;
};

/// What a sealed file says about itself. Whoever wrote the file could write anything here: until the device
/// tag has verified, all of it is a mere claim.
struct Header {
  anchor::AnchorId anchor = {};
  anchor::RootEpoch epoch = {};
  crypto::AeadSuite suite = crypto::AeadSuite::aes_256_gcm;
  std::array<std::uint8_t, kSaltSize> salt{};
  std::optional<PassphraseParams> passphrase;  ///< where opening takes one besides the device
  std::string name;                            ///< empty: none
  std::optional<Timestamp> expires;            ///< from then on the file is refused
  std::string media_type;                      ///< empty: none

  bool operator==(const Header&) const = default;
};

/// Lines 1 to 3, parsed but not verified.
struct Preamble {
  Header header;
  std::string header_line;  ///< line 2 as it stands in the file, without its newline: what the tags are over
  Tag device_tag{};
  Tag open_tag{};
  std::size_t size = 0;  ///< of all three lines: where the first chunk begins
};

/// Line 2 without its newline. ErrorCode::usage for a header that parse_header would refuse, so that nothing is
/// ever sealed that cannot be read.
[[nodiscard]] Result<std::string> write_header(const Header& header);

/// Reads line 2 without its newline. `subject` begins every message, for example "'backup.sealed'".
[[nodiscard]] Result<Header> parse_header(std::string_view line, const std::string& subject);

/// Lines 1 to 3 as they stand in a file.
[[nodiscard]] std::string write_preamble(std::string_view header_line, const Tag& device_tag, const Tag& open_tag);

/// Reads lines 1 to 3 from the beginning of `bytes`; what follows them is not looked at. A version other than 1,
/// a truncated preamble and a malformed one are ErrorCode::malformed, each with a message of its own.
[[nodiscard]] Result<Preamble> parse_preamble(ByteView bytes, const std::string& subject);

/// Whether the first three lines are all there, or so many bytes that the rest cannot matter: time to parse.
[[nodiscard]] bool preamble_is_complete(ByteView bytes);

/// Reads the header at the beginning of a regular file without moving the descriptor's position, so that a
/// program can show it, or see whether to ask for a passphrase. Nothing is verified.
[[nodiscard]] Result<Header> peek_header(int fd, const std::string& name_for_errors);

}  // namespace holdfast::seal
