// Which names the key files of a folder take, remembered between calls.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "core/result.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_name.hpp"

namespace holdfast::keys {

/// Spares reading the whole folder for each new key, which would cost more the more keys there are. The folder is read
/// again when anything but this process has changed it, which its times of change tell. They are as coarse as a tick of
/// the kernel's clock (milliseconds), so what another process did in the tick of our own last write may be missed.
/// What stores write is found all the same, by its first version's file; only a later version whose first is gone, put
/// there by hand in that moment, is not.
/// Safe in several threads; `has` and `add` belong together under one lock on the state folder.
class TakenNames {
 public:
  /// Whether a file is called as a version of `name`, or pretends to be.
  [[nodiscard]] Result<bool> has(const KeyFolder& folder, const KeyName& name);
  /// Whether any name was known to be taken when this was last looked at.
  [[nodiscard]] bool any();
  /// The caller has asked for `name`, and written its first file, all under the same lock.
  void add(const KeyFolder& folder, const KeyName& name);

 private:
  std::mutex mutex_;
  FolderStamp read_at_{};
  std::set<std::string, std::less<>> names_;
};

}  // namespace holdfast::keys
