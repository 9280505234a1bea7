#include "device/seal/outside_keys.hpp"

#include "core/encoding.hpp"
#include "crypto/kdf.hpp"

namespace holdfast::seal {

Result<FileKeys> derive_outside_keys(const SecretBytes& shared, const OutsideHeader& header,
                                     std::string_view header_line) {
  static constexpr KeyPurposes kPurposes{kOutsideMagicLine, "outside-chunks", "outside-nonce", "outside-tag"};
  Bytes info = crypto::label("outside-file");
  append_lp(info, as_bytes(header_line));
  TRY_LET(const auto file_key, crypto::hkdf(shared, header.salt, info), "derive file key");
  return expand_file_key(file_key, header_line, kPurposes);
}

}  // namespace holdfast::seal
