// Telling whom a state folder is shared with.
#pragma once

#include "device/trust/device_info.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::app {

/// "the group 'NAME', which can use keys", or what else it can do; safe to show.
[[nodiscard]] std::string words_for(const trust::SharingInfo& sharing);

/// A file or folder in the shared state folder that members of the group cannot use as the folder promises: of another
/// group, or with less permission. None where there is none, or where this account may not look.
[[nodiscard]] std::optional<std::filesystem::path> find_hidden(const std::filesystem::path& state,
                                                               const trust::SharingInfo& sharing);

}  // namespace holdfast::app
