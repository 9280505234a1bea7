#include "device/keys/key_store.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_seal.hpp"
#include "device/keys/store_errors.hpp"

namespace holdfast::keys {
namespace {

Result<KeyRecord> read_record(const KeyFolder& folder, const KeyId& id, KeyUnsealer& unsealer) {
  Bytes room(kKeyFileRoom);
  TRY_LET(auto file, folder.read(id, room), "read key file");
  TRY(unsealer.authenticate(file), "authenticate key file");
  return std::move(file.record);
}

bool makes_something_new(KeyUse use) { return use == KeyUse::sign || use == KeyUse::encrypt; }

// Nothing where no later version has a file.
Result<std::optional<KeyId>> successor_of(const KeyFolder& folder, const KeyId& id) {
  const KeyId next{id.name, {id.version.number + 1}};
  TRY_LET(const bool followed, folder.has(next), "look for the next version");
  if (followed) return std::optional(next);
  // Stores leave no gaps. Where one came about all the same, a version from before it must not come back into use.
  TRY_LET(const auto versions, folder.versions_of(id.name), "look for later versions");
  if (versions.empty() || versions.front() <= id.version) return std::optional<KeyId>();
  return std::optional(KeyId{id.name, versions.front()});
}

Result<void> check_usable(const KeyRecord& record, KeyUse use, const KeyFolder& folder, KeyUnsealer& unsealer) {
  if (record.state != KeyState::active) return not_active(record);
  if (!record.uses.contains(use)) return not_for(record, use);
  if (!makes_something_new(use)) return {};
  TRY_LET(const auto next, successor_of(folder, record.id), "look for a later version");
  if (!next) return {};
  const auto successor = read_record(folder, *next, unsealer);
  if (successor.ok()) return superseded(record, *next, name_of(successor->state), use);
  if (successor.error().code() == ErrorCode::refused) return superseded(record, *next, "given up", use);
  return successor.error();
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
  TRY_LET(const auto versions, folder->versions_of(name), "look for versions");
  if (versions.empty()) {
    TRY_LET(const auto ids, folder->ids(), "list key files");
    return no_such_key(name, ids);
  }
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
