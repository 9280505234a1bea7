// Platform images: what devices are set up from. Keys that lie in one are nobody's identity.
#pragma once

#include "registry/domain/ids.hpp"

#include <cstdint>
#include <string>

namespace holdfast::domain {

struct Image {
  std::string name;  ///< as its makers call it, with a version; unique
  Timestamp registered;
  std::string registered_by;
  std::uint64_t keys = 0;  ///< how many were found in it first
};

}  // namespace holdfast::domain
