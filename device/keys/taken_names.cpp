#include "device/keys/taken_names.hpp"

#include <string_view>
#include <utility>

namespace holdfast::keys {

Result<bool> TakenNames::has(const KeyFolder& folder, const KeyName& name) {
  const std::scoped_lock lock(mutex_);
  // Taken before the names are read: a change in between is noticed the next time.
  TRY_LET(const auto stamp, folder.stamp(), "examine key folder");
  if (stamp != read_at_) {
    TRY_LET(const auto files, folder.file_names(), "list key files");
    names_.clear();
    for (const std::string_view file : files) {
      // No name has an '@' in it.
      if (const auto end = file.find('@'); end != std::string_view::npos) names_.emplace(file.substr(0, end));
    }
    read_at_ = stamp;
  }
  return names_.contains(name.text());
}

bool TakenNames::any() {
  const std::scoped_lock lock(mutex_);
  return !names_.empty();
}

void TakenNames::add(const KeyFolder& folder, const KeyName& name) {
  const std::scoped_lock lock(mutex_);
  const auto stamp = folder.stamp();
  read_at_ = stamp.ok() ? *stamp : FolderStamp{};
  names_.insert(name.text());
}

}  // namespace holdfast::keys
