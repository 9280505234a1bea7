// Internal to device/seal (and its tests and fuzzers): the keys of one sealed file.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/anchor/root.hpp"
#include "device/seal/chunk.hpp"
#include "device/seal/header.hpp"

#include <string_view>

namespace holdfast::seal {

/// Everything that opening needs besides the header. `tag` is what the file's last tag must say.
struct FileKeys {
  ChunkKeys chunks;
  Tag tag{};
};

/// What tells the keys of one format from those of another: its first line, and the purposes in its labels.
struct KeyPurposes {
  std::string_view magic_line;
  std::string_view chunks;
  std::string_view nonce;
  std::string_view tag;
};

/// The keys that follow from a file's own key, and the tag over its lines 1 and 2.
[[nodiscard]] Result<FileKeys> expand_file_key(const SecretBytes& file_key, std::string_view header_line,
                                               const KeyPurposes& purposes);

/// The tag over lines 1 and 2 that needs the device alone: it tells an altered header from a wrong passphrase,
/// and keeps a foreign header from choosing what Argon2id costs.
[[nodiscard]] Result<Tag> compute_device_tag(const anchor::Root& root, std::string_view header_line);

/// The passphrase, made expensive to guess, is mixed with the root: nobody can try passphrases away from the
/// device. `passphrase` is given exactly where header.passphrase is.
[[nodiscard]] Result<FileKeys> derive_file_keys(const anchor::Root& root, const Header& header,
                                                std::string_view header_line, const SecretBytes* passphrase);

}  // namespace holdfast::seal
