#include "device/trust/root_watch.hpp"

#include <string>

#include "core/file.hpp"
#include "device/anchor/anchor_file.hpp"

namespace holdfast::trust {
namespace {

// Every change makes a new file.
bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

Result<void> RootWatch::check() {
  struct stat now{};
  if (::stat(file_.c_str(), &now) != 0) return {};
  const std::scoped_lock lock(mutex_);
  if (is_same(now, examined_)) return {};
  TRY(examine(), "look at anchor");
  examined_ = now;
  return {};
}

Result<void> RootWatch::examine() const {
  const auto bytes = read_file(file_, anchor::kMaxAnchorFileSize);
  if (!bytes.ok()) return {};
  const auto now = anchor::parse_anchor_file(*bytes);
  if (!now.ok()) return {};
  if (now->file.id != anchor_) {
    return Error(ErrorCode::refused,
                 "another anchor was put in the place of this one since it was opened; nothing "
                 "new is made under the old one");
  }
  if (now->file.epoch.number <= epoch_.number) return {};
  return Error(ErrorCode::refused, "the root of this device was drawn anew since it was opened (epoch " +
                                       std::to_string(now->file.epoch.number) + " after " +
                                       std::to_string(epoch_.number) +
                                       "), and nothing new is made under the old one; open the device again");
}

}  // namespace holdfast::trust
