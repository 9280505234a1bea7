#include "apps/holdfast/kept_attributes.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "core/bytes.hpp"
#include "core/file.hpp"

namespace holdfast::app {
namespace {

constexpr mode_t kPermissions = 07777;

Result<void> keep_owner(const struct stat& before, int to, const std::string& shown) {
  struct stat now{};
  if (::fstat(to, &now) != 0) return system_error("examine", shown, errno);
  const bool same = now.st_uid == before.st_uid && now.st_gid == before.st_gid;
  if (!same && ::fchown(to, before.st_uid, before.st_gid) != 0) {
    return system_error("keep owner and group of", shown, errno);
  }
  // A new owner takes special bits away.
  if (::fchmod(to, before.st_mode & kPermissions) != 0) return system_error("keep the mode of", shown, errno);
  return {};
}

Result<std::string> attribute_names(int from, const std::string& shown) {
  const ssize_t size = ::flistxattr(from, nullptr, 0);
  if (size < 0 && errno == ENOTSUP) return std::string();
  std::string names(size < 0 ? 0 : static_cast<std::size_t>(size), '\0');
  const ssize_t got = size <= 0 ? size : ::flistxattr(from, names.data(), names.size());
  if (got < 0) return system_error("list the attributes of", shown, errno);
  names.resize(static_cast<std::size_t>(got));
  return names;
}

Result<void> keep_attribute(int from, int to, const char* name, const std::string& shown) {
  const ssize_t size = ::fgetxattr(from, name, nullptr, 0);
  if (size < 0) return system_error("read the attributes of", shown, errno);
  Bytes value(static_cast<std::size_t>(size));
  const ssize_t got = ::fgetxattr(from, name, value.data(), value.size());
  if (got < 0) return system_error("read the attributes of", shown, errno);
  if (::fsetxattr(to, name, value.data(), static_cast<std::size_t>(got), 0) == 0) return {};
  return system_error(std::string("keep the attribute ") + name + " of", shown, errno);
}

}  // namespace

Result<void> keep_attributes(int from, int to, const std::string& shown) {
  struct stat before{};
  if (::fstat(from, &before) != 0) return system_error("examine", shown, errno);
  TRY(keep_owner(before, to, shown), "keep owner and mode");
  TRY_LET(const auto names, attribute_names(from, shown), "list attributes");
  for (std::size_t at = 0; at < names.size();) {
    const char* const name = names.c_str() + at;
    at += std::string_view(name).size() + 1;
    if (std::string_view(name).starts_with("security.")) continue;
    TRY(keep_attribute(from, to, name, shown), "keep attribute");
  }
  return {};
}

}  // namespace holdfast::app
