// Going through folders without following symbolic links, also where others may put one in the way meanwhile.
#pragma once

#include "core/error.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace holdfast::app {

/// Something that is no folder, by its name in an open folder.
struct Place {
  int folder = -1;  ///< open for as long as it is visited
  std::string name;
  std::filesystem::path shown;  ///< for people

  /// A path that stays in that folder, whatever becomes of the folders above it.
  [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(folder) + "/" + name; }
};

enum class Descent { into_folders, none };

struct Walk {
  std::function<void(const Place&)> visit;
  std::function<void(const std::filesystem::path& shown, const Error&)> complain;  ///< the walk goes on behind it
};

/// Visits `path`, or everything below it in the order of names. A link that `path` itself is gets followed, and none
/// further down. A folder is ErrorCode::usage with Descent::none.
void walk(const std::filesystem::path& path, Descent descent, const Walk& walk);

}  // namespace holdfast::app
