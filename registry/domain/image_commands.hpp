// Registering platform images, whose keys are refused from then on.
#pragma once

#include "registry/domain/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::domain {

/// What came of it.
struct ImageReport {
  std::size_t added = 0;                ///< keys that are refused from now on
  std::size_t known = 0;                ///< refused before
  std::vector<IdentityId> quarantined;  ///< identities that rest on one of the keys
};

/// Refuses these keys for ever, under the name of the image that they lie in; identities that rest on one are suspended
/// with an incident, since everybody who has the image is that device. An image that is registered already gets what is
/// new. ErrorCode::usage for a name that is empty, cannot be shown or has more than 200 bytes, and for more than
/// 100,000 keys.
[[nodiscard]] Result<ImageReport> register_image(Transaction& tx, const Actor& actor, const std::string& name,
                                                 const std::vector<KeyHash>& keys, Timestamp now);

/// Stores an image and its keys as far as they are new, which it returns; judges and records nothing.
[[nodiscard]] Result<std::vector<KeyHash>> add_image_keys(Transaction& tx, const Image& image,
                                                          const std::vector<KeyHash>& keys);

/// ErrorCode::refused, naming the image, where the key lies in one.
[[nodiscard]] Result<void> check_in_no_image(Transaction& tx, const KeyHash& key);

}  // namespace holdfast::domain
