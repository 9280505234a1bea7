#include "device/keys/key_store.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_seal.hpp"
#include "device/keys/store_errors.hpp"

namespace holdfast::keys {
namespace {

// The versions of one name, newest first.
std::vector<KeyVersion> versions_of(const KeyName& name, const std::vector<KeyId>& ids) {
  std::vector<KeyVersion> versions;
  for (const auto& id : ids) {
    if (id.name == name) versions.push_back(id.version);
  }
  std::ranges::sort(versions, std::greater());
  return versions;
}

Result<KeyRecord> read_record(const KeyFolder& folder, const KeyId& id, KeyUnsealer& unsealer) {
  Bytes room(kKeyFileRoom);
  TRY_LET(auto file, folder.read(id, room), "read key file");
  TRY(unsealer.authenticate(file), "authenticate key file");
  return std::move(file.record);
}

bool makes_something_new(KeyUse use) { return use == KeyUse::sign || use == KeyUse::encrypt; }

Result<void> check_usable(const KeyRecord& record, KeyUse use, const KeyFolder& folder, KeyUnsealer& unsealer) {
  if (record.state != KeyState::active) return not_active(record);
  if (!record.uses.contains(use)) return not_for(record, use);
  // Versions count up without gaps, and files are never removed: one look tells.
  const KeyId next{record.id.name, {record.id.version.number + 1}};
  if (!makes_something_new(use)) return {};
  TRY_LET(const bool followed, folder.has(next), "look for the next version");
  if (!followed) return {};
  TRY_LET(const auto successor, read_record(folder, next, unsealer), "read the next version");
  return superseded(record, successor, use);
}

}  // namespace

Result<KeyStore> KeyStore::open(const std::filesystem::path& folder, const anchor::Roots& roots,
                                std::shared_ptr<TakenNames> names, RootCheck check_root) {
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem)) {
    return Error(ErrorCode::not_found, "'" + folder.string() + "' is not a state folder");
  }
  return KeyStore(folder, roots, names ? std::move(names) : std::make_shared<TakenNames>(), std::move(check_root));
}

Result<KeyRecord> KeyStore::find(const KeySelection& selection) const {
  const auto& [name, version] = selection;
  auto folder = KeyFolder::open(folder_);
  if (!folder.ok()) {
    return folder.error().code() == ErrorCode::not_found ? no_such_key(name, {}) : std::move(folder).error();
  }
  TRY_LET(const auto ids, folder->ids(), "list key files");
  auto versions = versions_of(name, ids);
  if (versions.empty()) return no_such_key(name, ids);
  const auto wanted = version.value_or(versions.front());
  if (!std::ranges::contains(versions, wanted)) return no_such_version({name, wanted}, versions);
  KeyUnsealer unsealer(*roots_);
  return read_record(*folder, {name, wanted}, unsealer);
}

Result<KeyMaterial> KeyStore::load(const KeyRecord& record, KeyUse use) const {
  TRY_LET(const auto folder, KeyFolder::open(folder_), "open key folder");
  Bytes room(kKeyFileRoom);
  TRY_LET(const auto file, folder.read(record.id, room), "read key file");
  KeyUnsealer unsealer(*roots_);
  TRY(unsealer.authenticate(file), "authenticate key file");
  TRY(check_usable(file.record, use, folder, unsealer), "check that the key may be used");
  if (file.record.half != record.half) {
    return Error(ErrorCode::malformed, "key '" + record.id.text() + "' is no longer the key that was found");
  }
  return unsealer.material(file);
}

}  // namespace holdfast::keys
