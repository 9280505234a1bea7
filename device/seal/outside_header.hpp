// The three text lines before the chunks of a file that was encrypted to a device from elsewhere.
// docs/formats/outside-file.md specifies them byte by byte.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/suites.hpp"
#include "device/seal/header.hpp"

#include <array>
#include <string>
#include <string_view>

namespace holdfast::seal {

inline constexpr std::string_view kOutsideMagicLine = "holdfast-outside-v1\n";
/// Line 3 with its newline: one tag in hexadecimal.
inline constexpr std::size_t kOutsideTagLineSize = 2 * kTagSize + 1;
static_assert(kOutsideMagicLine.size() + kMaxHeaderSize + 1 + kOutsideTagLineSize <= kMaxPreambleSize);

/// SHA-256 of a recipient's public key, as crypto::ReceivingPublicKey::fingerprint gives it.
using Fingerprint = std::array<std::uint8_t, 32>;

/// What such a file says about itself. Whoever wrote the file could write anything here, and still can when its tag
/// has verified: anybody may encrypt to a public key.
struct OutsideHeader {
  crypto::KeyAlgorithm kem = crypto::KeyAlgorithm::x25519_ml_kem_768;
  Fingerprint recipient{};
  Bytes ciphertext;  ///< of the KEM, from which the recipient gets the shared secret
  crypto::AeadSuite suite = crypto::AeadSuite::aes_256_gcm;
  std::array<std::uint8_t, kSaltSize> salt{};
  std::string name;        ///< empty: none
  std::string media_type;  ///< empty: none

  bool operator==(const OutsideHeader&) const = default;
};

/// Lines 1 to 3, parsed but not verified.
struct OutsidePreamble {
  OutsideHeader header;
  std::string header_line;  ///< line 2 as it stands in the file, without its newline: what the tag is over
  Tag tag{};
  std::size_t size = 0;  ///< of all three lines: where the first chunk begins
};

/// Line 2 without its newline. ErrorCode::usage for a header that parse_outside_header would refuse.
[[nodiscard]] Result<std::string> write_outside_header(const OutsideHeader& header);

/// Reads line 2 without its newline. `subject` begins every message.
[[nodiscard]] Result<OutsideHeader> parse_outside_header(std::string_view line, const std::string& subject);

/// Lines 1 to 3 as they stand in a file.
[[nodiscard]] std::string write_outside_preamble(std::string_view header_line, const Tag& tag);

/// Reads lines 1 to 3 from the beginning of `bytes`; what follows them is not looked at. A sealed file is
/// ErrorCode::refused; another version, a truncated preamble and a malformed one are ErrorCode::malformed.
/// preamble_is_complete tells when there are enough bytes.
[[nodiscard]] Result<OutsidePreamble> parse_outside_preamble(ByteView bytes, const std::string& subject);

/// Reads the header at the beginning of a regular file without moving the descriptor's position. Nothing is verified.
[[nodiscard]] Result<OutsideHeader> peek_outside_header(int fd, const std::string& name_for_errors);

}  // namespace holdfast::seal
