#include "apps/holdfast/folder_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/file.hpp"

namespace holdfast::app {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// All at once: what is put in place meanwhile must not be visited again.
Result<std::vector<std::string>> names_in(int folder, const std::filesystem::path& shown) {
  const int again = ::openat(folder, ".", kFolder);
  const auto close = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close)> stream(again < 0 ? nullptr : ::fdopendir(again), close);
  if (!stream) return system_error("read folder", shown, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const auto* const entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return system_error("read folder", shown, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

void walk_folder(const FileDescriptor& folder, const std::filesystem::path& shown, const Walk& walk) {
  if (!folder.valid()) {
    walk.complain(shown, system_error("open folder", shown, errno));
    return;
  }
  const auto names = names_in(folder.get(), shown);
  if (!names.ok()) {
    walk.complain(shown, names.error());
    return;
  }
  for (const auto& name : *names) {
    struct stat info{};
    const bool there = ::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && S_ISDIR(info.st_mode)) {
      const FileDescriptor inner(::openat(folder.get(), name.c_str(), kFolder | O_NOFOLLOW));
      walk_folder(inner, shown / name, walk);
    } else {
      walk.visit({folder.get(), name, shown / name});
    }
  }
}

}  // namespace

void walk(const std::filesystem::path& path, Descent descent, const Walk& walk) {
  std::error_code problem;
  const auto found = std::filesystem::canonical(path, problem);
  if (problem) {
    walk.complain(path, system_error("find", path, problem.value()));
    return;
  }
  if (!std::filesystem::is_directory(found, problem)) {
    const FileDescriptor folder(::open(found.parent_path().c_str(), kFolder));
    if (!folder.valid()) {
      walk.complain(path, system_error("open the folder of", path, errno));
      return;
    }
    walk.visit({folder.get(), found.filename(), path});
    return;
  }
  if (descent == Descent::none) {
    walk.complain(path, {ErrorCode::usage, "'" + path.string() + "' is a folder; add --recursive"});
    return;
  }
  walk_folder(FileDescriptor(::open(found.c_str(), kFolder)), path, walk);
}

}  // namespace holdfast::app
