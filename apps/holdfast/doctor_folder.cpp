#include <algorithm>
#include <vector>

#include "apps/holdfast/doctor_checks.hpp"
#include "apps/holdfast/sharing.hpp"
#include "device/trust/storage.hpp"

namespace holdfast::app {
namespace {

// A shared folder is no weakness, and yet the owner should be told of it.
void check_sharing(Checks& checks, const trust::DeviceInfo& info) {
  if (!info.shared_with) return;
  const auto hidden = find_hidden(info.folder, *info.shared_with);
  if (!hidden) {
    good(checks, "sharing", "except to " + words_for(*info.shared_with));
    return;
  }
  attention(checks, "sharing",
            "'" + hidden->string() + "' is closed to the group '" + info.shared_with->group +
                "', which the folder is shared with; open it with: chgrp -R '" + info.shared_with->group + "' '" +
                info.folder.string() + "' and chmod -R " + (info.shared_with->may_write ? "g+rwX" : "g+rX") + " '" +
                info.folder.string() + "'");
}

void check_storage(Checks& checks, const trust::DeviceInfo& info) {
  const auto storage = trust::examine_storage(info);
  if (!storage) return;  // a tree of files in place of the machine may know nothing of mounts
  const std::string what = "file system";
  const auto& kind = storage->kind;
  switch (storage->storage_class) {
    case trust::StorageClass::disk:
      good(checks, what,
           storage->read_only ? kind + ", read-only: the device opens, and nothing can be changed" : kind);
      return;
    case trust::StorageClass::layered:
      good(checks, what, kind + ", which keeps the folder as long as its upper layer; in a container use a volume");
      return;
    case trust::StorageClass::network:
      attention(checks, what,
                "the state folder is on '" + kind +
                    "': another machine keeps it, whoever runs that one can copy it, and locks and renames may not "
                    "hold there; keep the folder on a disk of this machine");
      return;
    case trust::StorageClass::memory:
      attention(checks, what,
                "the state folder is on '" + kind + "', in memory: it is gone after the next boot; move it to a disk");
      return;
    case trust::StorageClass::unfamiliar:
      good(checks, what, "'" + kind + "', of which this program knows nothing");
      return;
  }
}

}  // namespace

void check_folder(Checks& checks, const trust::DeviceInfo& device) {
  check_storage(checks, device);
  check_sharing(checks, device);
}

void check_leftovers(Checks& checks, const std::filesystem::path& folder) {
  std::vector<std::string> left;
  std::error_code problem;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, problem)) {
    const auto& path = entry.path();
    if (path.extension() == ".tmp" || path.filename() == "anchor.previous") left.push_back(path.string());
  }
  if (left.empty()) {
    good(checks, "leftovers", "none");
    return;
  }
  std::ranges::sort(left);
  std::string names;
  for (const auto& name : left) names.append(names.empty() ? "'" : ", '").append(name).append("'");
  attention(
      checks, "leftovers",
      "a write was cut short and left " + names + (left.size() == 1 ? "; it can be removed" : "; they can be removed"));
}

}  // namespace holdfast::app
