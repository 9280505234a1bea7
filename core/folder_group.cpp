#include "core/folder_group.hpp"

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

constexpr std::size_t kLargestEntry = std::size_t{1} << 20;

// Calls one of the group database's functions with enough room. Empty where there is no such group.
template <typename Ask>
std::optional<group> ask_database(Ask ask, std::vector<char>& room) {
  group entry{};
  group* found = nullptr;
  for (room.resize(4096); room.size() <= kLargestEntry; room.resize(room.size() * 4)) {
    if (ask(&entry, room.data(), room.size(), &found) != ERANGE) break;
  }
  return found == nullptr ? std::nullopt : std::optional(entry);
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

mode_t group_bits(const FolderGroup& group) { return group.may_write ? mode_t{S_IRGRP | S_IWGRP} : mode_t{S_IRGRP}; }

// Who cannot give a file to the group must not open it to another.
Result<bool> give_to_group(int fd, gid_t group, const std::filesystem::path& shown) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return system_error("examine", shown, errno);
  return info.st_gid == group || ::fchown(fd, static_cast<uid_t>(-1), group) == 0;
}

}  // namespace

std::optional<FolderGroup> group_let_in(const struct stat& folder) {
  constexpr mode_t kEnter = S_IRGRP | S_IXGRP;
  if ((folder.st_mode & kEnter) != kEnter) return std::nullopt;
  return FolderGroup{folder.st_gid, (folder.st_mode & S_IWGRP) != 0};
}

bool is_in_group(gid_t group) {
  if (::getegid() == group) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  const int got = ::getgroups(count, groups.data());
  groups.resize(static_cast<std::size_t>(std::max(got, 0)));
  return std::ranges::contains(groups, group);
}

std::string name_of_group(gid_t group) {
  std::vector<char> room;
  const auto entry = ask_database([&](auto* into, char* buffer, std::size_t size,
                                      auto** found) { return ::getgrgid_r(group, into, buffer, size, found); },
                                  room);
  return entry ? entry->gr_name : std::to_string(group);
}

Result<gid_t> find_group(const std::string& name) {
  std::vector<char> room;
  const auto entry = ask_database([&](auto* into, char* buffer, std::size_t size,
                                      auto** found) { return ::getgrnam_r(name.c_str(), into, buffer, size, found); },
                                  room);
  if (entry) return entry->gr_gid;
  return Error(ErrorCode::refused, "there is no group '" + name + "'; name one that 'getent group' lists");
}

Result<void> let_group_in(int file, const std::filesystem::path& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) return system_error("examine", folder, errno);
  const auto group = group_let_in(info);
  if (!group) return {};
  TRY_LET(const bool theirs, give_to_group(file, group->id, folder), "give to group");
  if (theirs && ::fchmod(file, 0600 | group_bits(*group)) != 0) {
    return system_error("set the mode of a file in", folder, errno);
  }
  return {};
}

Result<AtomicFile> create_private_file(const std::filesystem::path& file, Replace replace) {
  const auto folder = folder_of(file);
  struct stat info{};
  // What another account may have put there leads a writer with more rights anywhere.
  const bool shared = ::stat(folder.c_str(), &info) == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (shared && replace == Replace::allowed) replace = Replace::allowed_without_links;
  TRY_LET(auto writer, AtomicFile::create(file, 0600, replace), "create file");
  TRY(let_group_in(writer.descriptor(), folder), "let group in");
  return writer;
}

Result<void> write_private_file(const std::filesystem::path& file, ByteView bytes, Replace replace) {
  TRY_LET(auto writer, create_private_file(file, replace), "create file");
  TRY(writer.write(bytes), "write file");
  return writer.commit();
}

Result<bool> make_private_folder(const std::filesystem::path& folder) {
  struct stat parent{};
  if (::stat(folder_of(folder).c_str(), &parent) != 0) return system_error("examine", folder_of(folder), errno);
  const auto group = group_let_in(parent);
  const mode_t mode = group ? 0700 | S_IXGRP | group_bits(*group) : 0700;
  if (::mkdir(folder.c_str(), mode) != 0) {
    return errno == EEXIST ? Result<bool>(false) : system_error("create", folder, errno);
  }
  if (!group) return true;
  const FileDescriptor made(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made.valid()) return system_error("open folder", folder, errno);
  TRY_LET(const bool theirs, give_to_group(made.get(), group->id, folder), "give to group");
  struct stat info{};
  if (::fstat(made.get(), &info) != 0) return system_error("examine", folder, errno);
  const mode_t wanted = theirs ? S_ISGID | mode : 0700;
  // Only where that is needed: an owner outside of the group loses the bit that gives new files the folder's group.
  if ((info.st_mode & ALLPERMS) == wanted) return true;
  if (::fchmod(made.get(), wanted) != 0) return system_error("set the mode of", folder, errno);
  return true;
}

}  // namespace holdfast
