#include "device/seal/file_keys.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"

namespace holdfast::seal {
namespace {

Result<Tag> tag_over_lines(const SecretBytes& key, std::string_view header_line) {
  TRY_LET(const auto mac, crypto::hmac_sha256(key, {as_bytes(kMagicLine), as_bytes(header_line), as_bytes("\n")}),
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
    TRY_LET(stretched, crypto::argon2id(*passphrase, header.passphrase->salt, header.passphrase->costs),
            "stretch passphrase");
  }
  TRY_LET(const auto seal_key, root.key("seal"), "derive seal key");
  const auto input = crypto::join_secrets({seal_key.expose(SecretAccess{}), stretched.expose(SecretAccess{})});
  Bytes info = crypto::label("seal-file");
  append_lp(info, as_bytes(header_line));
  return crypto::hkdf(input, header.salt, info);
}

}  // namespace

Result<Tag> compute_device_tag(const anchor::Root& root, std::string_view header_line) {
  TRY_LET(const auto key, root.key("seal-device"), "derive device tag key");
  return tag_over_lines(key, header_line);
}

Result<FileKeys> derive_file_keys(const anchor::Root& root, const Header& header, std::string_view header_line,
                                  const SecretBytes* passphrase) {
  TRY_LET(const auto file_key, derive_file_key(root, header, header_line, passphrase), "derive file key");
  FileKeys keys;
  TRY_LET(keys.chunk_key, crypto::hkdf(file_key, {}, crypto::label("seal-chunks"), crypto::kAeadKeySize),
          "derive chunk key");
  TRY_LET(const auto prefix, crypto::hkdf(file_key, {}, crypto::label("seal-nonce"), kNoncePrefixSize),
          "derive nonce prefix");
  std::ranges::copy(prefix.expose(SecretAccess{}), keys.nonce_prefix.begin());
  TRY_LET(const auto tag_key, crypto::hkdf(file_key, {}, crypto::label("seal-open-tag")), "derive open tag key");
  TRY_LET(keys.open_tag, tag_over_lines(tag_key, header_line), "compute open tag");
  return keys;
}

}  // namespace holdfast::seal
