// The bytes of a key file: docs/formats/key-file.md. Pure; sealing and opening are in key_seal.hpp.
#pragma once

#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "device/keys/key_record.hpp"

namespace holdfast::keys {

inline constexpr std::size_t kMaxKeyFileSize = std::size_t{64} * 1024;

/// The whole file of a version that was given up: no root opened it any more, and nothing is known of its key. It keeps
/// name and version taken.
inline constexpr std::string_view kGivenUpFile = "holdfast-key-given-up-v1\n";

/// A key file taken apart. Nothing in it may be believed before KeyUnsealer has authenticated it.
struct KeyFile {
  KeyRecord record;
  ByteView authenticated;  ///< the first two lines with their newlines; borrows from what was parsed
  Bytes wrapped;           ///< nonce, ciphertext and tag
};

/// Reads the three lines. ErrorCode::malformed for everything that serialise_key_file would not write:
/// one file has one spelling.
[[nodiscard]] Result<KeyFile> parse_key_file(ByteView bytes);

/// Whether the third line holds a secret: what the root does not give again at once is kept until it is destroyed.
[[nodiscard]] bool stores_secret(const KeyRecord& record);

/// The first two lines, which the third authenticates.
[[nodiscard]] Result<Bytes> key_file_header(const KeyRecord& record);

/// `header` as key_file_header made it, and the third line.
[[nodiscard]] Bytes serialise_key_file(ByteView header, ByteView wrapped);

}  // namespace holdfast::keys
