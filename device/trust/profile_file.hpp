// Profiles as files: TOML, described in docs/profiles.md.
#pragma once

#include "core/result.hpp"
#include "device/trust/profile.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::trust {

inline constexpr std::size_t kMaxProfileFile = std::size_t{64} * 1024;

/// Reads one profile. ErrorCode::malformed names `file`, the line and the rule, and what would be right. Every rule
/// must be there: what a file does not say, nobody guesses.
[[nodiscard]] Result<Profile> parse_profile(std::string_view toml, const std::string& file);

/// The profile that is used where nobody chooses.
inline constexpr std::string_view kDefaultProfile = "default-2026";

/// The text of a profile that every installation has; empty where there is none of that name.
[[nodiscard]] std::string_view builtin_profile(std::string_view name);
[[nodiscard]] std::vector<std::string_view> builtin_profile_names();

/// $HOLDFAST_PROFILES, else /etc/holdfast/profiles: where a site adds its own.
[[nodiscard]] std::filesystem::path site_profile_folder();

/// A profile by name: a built-in one, else NAME.toml in `folder`. ErrorCode::not_found lists what there is. A site's
/// file cannot take the name of a built-in one, which would be passed over.
[[nodiscard]] Result<Profile> find_profile(const std::string& name, const std::filesystem::path& folder);

/// The profile of a device that there is, by the name that it keeps (empty: the usual one). One that cannot be read
/// here is no reason not to open what there is: then its `problem` says why, and it allows nothing else.
[[nodiscard]] Profile profile_of_device(const std::string& name);

}  // namespace holdfast::trust
