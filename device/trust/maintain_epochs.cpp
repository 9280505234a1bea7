#include "device/trust/anchor_maintenance.hpp"

#include <algorithm>

#include "device/trust/counter_file.hpp"

namespace holdfast::trust {

using anchor::AnchorChange;

namespace {

// By the place that the listing gives, which is safe to show.
Error unreadable(const keys::ListedKey& key) {
  const auto code = key.record.error().code();
  // That it could not be read now does not say that anything is wrong with it.
  if (code != ErrorCode::malformed && code != ErrorCode::does_not_open) return key.record.error();
  const auto id = keys::parse_file_name(key.file);
  const auto otherwise = id.ok() ? "give it up for ever ('holdfast key destroy " + id->text() + "')"
                                 : std::string("move it out of the folder 'keys'");
  return {ErrorCode::malformed, "the key file '" + key.file +
                                    "' cannot be read, so that nobody knows which root epoch it needs: " +
                                    key.record.error().message() + ". Restore it from a backup, or " + otherwise};
}

}  // namespace

Result<void> AnchorMaintenance::rotate_root() {
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  TRY(rotate(change), "rotate root");
  return commit(change, {.proof = proof(true, nullptr)});
}

Result<std::vector<EpochInfo>> AnchorMaintenance::list_epochs() const {
  std::vector<EpochInfo> epochs;
  epochs.reserve(opened_.file.older_roots.size() + 1);
  for (const auto& older : opened_.file.older_roots) epochs.push_back({older.epoch.number, false, older.tier, {}});
  epochs.push_back({opened_.file.epoch.number, true, anchor::lowest_tier_of_newest(opened_.file), {}});
  TRY_LET(const auto all, list_keys(), "list keys");
  for (const auto& key : all) {
    if (!key.record.ok()) return unreadable(key);
    if (key.record->state == KeyState::destroyed) continue;
    for (auto& epoch : epochs) {
      if (epoch.number == key.record->epoch.number) epoch.keys.push_back(key.record->id.text());
    }
  }
  return epochs;
}

Result<void> AnchorMaintenance::drop_epoch(std::uint32_t number) {
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  // Under the lock, under which whoever makes a key looks whether its root is still the newest: none of that epoch can
  // be made any more.
  TRY_LET(const auto epochs, list_epochs(), "list epochs");
  const auto found = std::ranges::find(epochs, number, &EpochInfo::number);
  if (found == epochs.end()) {
    return Error(ErrorCode::not_found, "there is no root epoch " + std::to_string(number));
  }
  if (found->newest) {
    return Error(ErrorCode::refused, "root epoch " + std::to_string(number) +
                                         " is the newest one; draw another with 'holdfast rotate-root' first");
  }
  if (!found->keys.empty()) {
    return Error(ErrorCode::refused, "root epoch " + std::to_string(number) + " is needed by " + list_of(found->keys) +
                                         "; rotate these keys, and destroy the old versions when nothing needs "
                                         "them any more");
  }
  // First, and under the newest root, which the anchor has before and after: wherever this is cut short, or fails, all
  // of it can be read.
  TRY(keep_what_counts({number}), "keep tombstones and counter");
  change.drop_epoch({number});
  change.log("epoch-dropped", "root epoch " + std::to_string(number) + " is forgotten");
  return commit(change, {});
}

Result<std::vector<keys::ListedKey>> AnchorMaintenance::list_keys() const {
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(const auto store, keys::KeyStore::open(folder_.path(), opened_.roots), "open key store");
  return store.list();
}

Result<void> AnchorMaintenance::keep_what_counts(anchor::RootEpoch epoch) const {
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(const auto store, keys::KeyStore::open(folder_.path(), opened_.roots), "open key store");
  TRY(store.keep_tombstones(epoch), "keep tombstones");
  return keep_counter(folder_.path(), opened_.roots);
}

}  // namespace holdfast::trust
