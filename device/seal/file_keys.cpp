#include "device/seal/file_keys.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"

namespace holdfast::seal {
namespace {

constexpr KeyPurposes kPurposes{kMagicLine, "seal-chunks", "seal-nonce", "seal-open-tag"};

Result<Tag> tag_over_lines(const SecretBytes& key, std::string_view magic_line, std::string_view header_line) {
  TRY_LET(const auto mac, crypto::hmac_sha256(key, {as_bytes(magic_line), as_bytes(header_line), as_bytes("\n")}),
          "compute tag");
  Tag tag{};
  std::ranges::copy(mac, tag.begin());
  return tag;
}

Result<SecretBytes> derive_file_key(const anchor::Root& root, const Header& header, std::string_view header_line,
                                    const SecretBytes* passphrase) {
  if ((passphrase != nullptr) != header.passphrase.has_value()) {
    return Error(ErrorCode::internal, "a sealed file's header and its passphrase do not fit together");
  }
  SecretBytes stretched;
  if (passphrase != nullptr) {
    TRY_LET(stretched, crypto::stretch(*passphrase, header.passphrase->salt, header.passphrase->costs),
            "stretch passphrase");
  }
  TRY_LET(const auto seal_key, root.key("seal"), "derive seal key");
  const auto input = crypto::join_secrets({seal_key.expose(SecretAccess{}), stretched.expose(SecretAccess{})});
  Bytes info = crypto::label("seal-file");
  append_lp(info, as_bytes(header_line));
  return crypto::hkdf(input, header.salt, info);
}

}  // namespace

Result<FileKeys> expand_file_key(const SecretBytes& file_key, std::string_view header_line,
                                 const KeyPurposes& purposes) {
  FileKeys keys;
  TRY_LET(keys.chunks.key, crypto::hkdf(file_key, {}, crypto::label(purposes.chunks), crypto::kAeadKeySize),
          "derive chunk key");
  TRY_LET(const auto prefix, crypto::hkdf(file_key, {}, crypto::label(purposes.nonce), kNoncePrefixSize),
          "derive nonce prefix");
  std::ranges::copy(prefix.expose(SecretAccess{}), keys.chunks.prefix.begin());
  TRY_LET(const auto tag_key, crypto::hkdf(file_key, {}, crypto::label(purposes.tag)), "derive tag key");
  TRY_LET(keys.tag, tag_over_lines(tag_key, purposes.magic_line, header_line), "compute tag");
  return keys;
}

Result<Tag> compute_device_tag(const anchor::Root& root, std::string_view header_line) {
  TRY_LET(const auto key, root.key("seal-device"), "derive device tag key");
  return tag_over_lines(key, kMagicLine, header_line);
}

Result<FileKeys> derive_file_keys(const anchor::Root& root, const Header& header, std::string_view header_line,
                                  const SecretBytes* passphrase) {
  TRY_LET(const auto file_key, derive_file_key(root, header, header_line, passphrase), "derive file key");
  return expand_file_key(file_key, header_line, kPurposes);
}

}  // namespace holdfast::seal
