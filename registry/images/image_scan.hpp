// Keys that lie in platform images. Whoever has the image has them, so they are nobody's identity.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::images {

enum class KeyKind {
  private_key,            ///< PKCS #8 or an older form (RFC 5958, RFC 5915, RFC 8017)
  encrypted_private_key,  ///< of which nothing is known without its passphrase
  holdfast_key,           ///< a key file of Holdfast's, which names its public key
  public_key,             ///< SubjectPublicKeyInfo, of a certificate or a certificate request too
  not_searched,           ///< no key, but packed files of a folder, in which there may be some: one for all of them
};
/// "private key", "encrypted private key", "Holdfast key", "public key", "packed, not searched".
[[nodiscard]] std::string_view name_of(KeyKind kind);

/// SHA-256 of the DER SubjectPublicKeyInfo: as in crypto::PublicKey::fingerprint.
using KeyDigest = std::array<std::uint8_t, 32>;

struct FoundKey {
  KeyKind kind = KeyKind::public_key;
  std::optional<KeyDigest> key;  ///< nothing where it cannot be told
  std::string where;             ///< a path below what was searched, or "byte N" of it; "PATH and N more"

  bool operator==(const FoundKey&) const = default;
};

/// The keys in some bytes: PEM blocks (RFC 7468) and Holdfast's key files anywhere among them, and DER where the bytes
/// are nothing else. `where` is given for each as "byte N". Whatever is none, or of an algorithm that no registry
/// certifies, is passed over.
[[nodiscard]] std::vector<FoundKey> find_keys(ByteView bytes);

/// The keys in a folder, with everything below it but what symbolic links point at, or in one file or block device,
/// such as the raw image of a file system. Each key is there once for its kind, the first place first.
/// Packed files in a folder are told of in one record at the end. ErrorCode::usage where the one file is compressed:
/// what is in it has to be unpacked or mounted. Reads a file of any size in a few MiB of memory; RSA private keys take
/// seconds each, since they are judged.
[[nodiscard]] Result<std::vector<FoundKey>> scan(const std::filesystem::path& image);

}  // namespace holdfast::images
