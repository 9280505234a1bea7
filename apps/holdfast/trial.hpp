// Trying whether the anchor opens here and now, without asking anybody anything.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"
#include "device/anchor/open.hpp"

#include <optional>
#include <string>

namespace holdfast::app {

/// What trying to open the anchor showed.
struct Trial {
  enum class Outcome { opens, passphrase_needed, does_not_open } outcome = Outcome::does_not_open;
  std::string why_not;
  anchor::DriftReport drift;                   ///< where it opens
  std::optional<anchor::OpenedAnchor> opened;  ///< where it opens
};

/// A required passphrase is taken from the options. Other failures than that it does not open are errors.
[[nodiscard]] Result<Trial> try_to_open(const GlobalArguments& global, const anchor::UnverifiedAnchorFile& file);

}  // namespace holdfast::app
