// Giving a file that takes another's place what belongs to the place.
#pragma once

#include "core/result.hpp"

#include <string>

namespace holdfast::app {

/// Owner, group, mode, access control lists and extended attributes. Not: labels and signatures of the system
/// ("security.*"), which are about a content or given by policy, and times, since backup programs must see that the
/// content is another. `shown` names the file in errors.
[[nodiscard]] Result<void> keep_attributes(int from, int to, const std::string& shown);

}  // namespace holdfast::app
