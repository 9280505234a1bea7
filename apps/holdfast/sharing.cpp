#include "apps/holdfast/sharing.hpp"

#include <sys/stat.h>

#include <system_error>

#include "core/text.hpp"

namespace holdfast::app {

std::string words_for(const trust::SharingInfo& sharing) {
  return "the group '" + printable(sharing.group) + "', whose members " +
         (sharing.may_write ? "use, make and change keys" : "use keys");
}

std::optional<std::filesystem::path> find_hidden(const std::filesystem::path& state,
                                                 const trust::SharingInfo& sharing) {
  struct stat folder{};
  if (::stat(state.c_str(), &folder) != 0) return std::nullopt;
  const mode_t file_mode = sharing.may_write ? mode_t{S_IRGRP | S_IWGRP} : mode_t{S_IRGRP};
  std::error_code problem;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(state, problem)) {
    struct stat info{};
    if (::lstat(entry.path().c_str(), &info) != 0 || S_ISLNK(info.st_mode)) continue;
    const mode_t wanted = S_ISDIR(info.st_mode) ? file_mode | S_IXGRP : file_mode;
    if (info.st_gid != folder.st_gid || (info.st_mode & wanted) != wanted) return entry.path();
  }
  return std::nullopt;
}

}  // namespace holdfast::app
