// Sealing one file anew, in its place.
#pragma once

#include "apps/holdfast/folder_walk.hpp"
#include "core/result.hpp"
#include "device/trust/provider.hpp"

#include <cstdint>
#include <string>

namespace holdfast::app {

/// What is the same for all files.
struct Resealing {
  const trust::Provider* provider = nullptr;
  std::string anchor;                       ///< whose files
  std::uint32_t epoch = 0;                  ///< the newest
  const SecretBytes* passphrase = nullptr;  ///< for files that have one; nullptr for none
  seal::ProgressCallback progress = nullptr;
};

enum class Resealed {
  done,
  newest_already,
  expired,  ///< nobody can open it any more, under whatever root
  other,    ///< not sealed, sealed by another device, or no ordinary file
};

/// Replaces a sealed file by one that is sealed under the newest root, as a whole or not at all. Name, expiry, media
/// type, suite and passphrase stay, and what keep_attributes keeps. A file that changed meanwhile stays as it is
/// (ErrorCode::refused).
[[nodiscard]] Result<Resealed> reseal_file(const Resealing& resealing, const Place& place);

}  // namespace holdfast::app
