// Folders that an owner shares with a group, such as that of a service which does not run as root, and files in them.
#pragma once

#include "core/file.hpp"
#include "core/result.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace holdfast {

/// The group that may list a folder and enter it.
struct FolderGroup {
  gid_t id = 0;
  bool may_write = false;  ///< also make and remove files
};

/// The group that a folder's permissions let in; none where that is not both to list and to enter.
[[nodiscard]] std::optional<FolderGroup> group_let_in(const struct stat& folder);

/// Whether this process acts for the group: as its own group, or as one of its further ones.
[[nodiscard]] bool is_in_group(gid_t group);

/// A group's name, or its number where it has none.
[[nodiscard]] std::string name_of_group(gid_t group);
/// The group of that name. ErrorCode::refused where there is none.
[[nodiscard]] Result<gid_t> find_group(const std::string& name);

/// A file for its owner (0600) and for the group that its folder lets in: 0640, or 0660 where that may write. Where the
/// file cannot be given to that group it is the owner's alone. As AtomicFile::create otherwise, except that a symbolic
/// link is not followed in a folder that a group can write.
[[nodiscard]] Result<AtomicFile> create_private_file(const std::filesystem::path& file, Replace replace);
/// Writes a whole file through create_private_file.
[[nodiscard]] Result<void> write_private_file(const std::filesystem::path& file, ByteView bytes, Replace replace);

/// Gives an open new file to the group that `folder` lets in, with the permissions that create_private_file gives.
[[nodiscard]] Result<void> let_group_in(int file, const std::filesystem::path& folder);

/// Makes a folder for its owner (0700), and for the group that the parent folder lets in. Says whether it was made;
/// one of that name that is there already stays as it is.
[[nodiscard]] Result<bool> make_private_folder(const std::filesystem::path& folder);

}  // namespace holdfast
