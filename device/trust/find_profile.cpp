// Profiles by name.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/file.hpp"
#include "core/text.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/profile_words.hpp"

namespace holdfast::trust {
namespace {

constexpr std::string_view kSuffix = ".toml";
constexpr std::size_t kMaxName = 64;

// As keys are called, and never a hidden file.
bool is_profile_name(std::string_view name) { return !name.starts_with('.') && keys::KeyName::parse(name).ok(); }

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    auto name = entry->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    if (is_profile_name(name) && builtin_profile(name).empty()) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Error no_such_profile(const std::string& name, const std::filesystem::path& folder) {
  std::string known;
  for (const auto builtin : builtin_profile_names()) known.append(known.empty() ? "" : ", ").append(builtin);
  for (const auto& site : names_in(folder)) known.append(", ").append(site);
  return {ErrorCode::not_found, "there is no profile '" + printable(name, kMaxName) + "'; there is: " + known +
                                    "; a site adds its own as NAME.toml in '" + folder.string() + "'"};
}

}  // namespace

std::filesystem::path site_profile_folder() {
  const char* const folder = std::getenv("HOLDFAST_PROFILES");
  return folder == nullptr || *folder == '\0' ? "/etc/holdfast/profiles" : folder;
}

Result<Profile> find_profile(const std::string& name, const std::filesystem::path& folder) {
  if (const auto text = builtin_profile(name); !text.empty()) return parse_profile(text, "profile '" + name + "'");
  if (!is_profile_name(name)) return no_such_profile(name, folder);
  const auto path = folder / (name + std::string(kSuffix));
  // It decides what this device may do.
  const auto bytes = read_trusted_file(path, kMaxProfileFile, "profile");
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return no_such_profile(name, folder);
  if (!bytes.ok()) return bytes.error();
  TRY_LET(auto profile, parse_profile(as_text(*bytes), "profile '" + path.string() + "'"), "read profile");
  if (profile.name == name) return profile;
  return Error(ErrorCode::malformed, "profile '" + path.string() + "': its name is '" + printable(profile.name) +
                                         "', and must be '" + name + "' as in the file's name");
}

Profile profile_of_device(const std::string& name, crypto::Module module) {
  const auto known = name.empty() ? std::string(kDefaultProfile) : name;
  auto found = find_profile(known, site_profile_folder());
  const bool usable = found.ok();
  auto profile = usable ? std::move(found).value() : unusable_profile(known, found.error().message());
  if (usable && profile.module != module) {
    profile = unusable_profile(known, "it says module = \"" + std::string(word_of(module_words(), profile.module)) +
                                          "\", and this device was made with \"" +
                                          std::string(word_of(module_words(), module)) + "\", which stays");
  }
  profile.module = module;
  return profile;
}

}  // namespace holdfast::trust
