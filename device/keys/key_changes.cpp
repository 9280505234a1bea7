// What changes the key store: new keys, new versions, new states. Each under the state folder's lock.
#include <algorithm>
#include <utility>

#include "core/folder_group.hpp"
#include "core/folder_lock.hpp"
#include "device/keys/key_choices.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_seal.hpp"
#include "device/keys/key_store.hpp"
#include "device/keys/store_errors.hpp"

namespace holdfast::keys {
namespace {

// What the key file stores: nothing where the root gives the key again at once.
Result<SecretBytes> stored_secret(const KeyRecord& record, const KeyMaterial& material) {
  if (!stores_secret(record)) return SecretBytes();
  return stored_form_of(material);
}

Result<KeyMaterial> make(const anchor::Root& root, const KeyId& id, crypto::KeyAlgorithm algorithm, KeyOrigin origin,
                         const std::function<void()>& progress) {
  if (origin == KeyOrigin::derived) return derive_material(root, id, algorithm, progress);
  return generate_material(algorithm, progress);
}

KeyRecord new_record(const KeyId& id, crypto::KeyAlgorithm algorithm, std::set<KeyUse> uses, KeyOrigin origin,
                     const anchor::Root& root) {
  return {.id = id,
          .algorithm = algorithm,
          .uses = std::move(uses),
          .origin = origin,
          .anchor = root.anchor(),
          .epoch = root.epoch(),
          .created = {},
          .state = KeyState::active,
          .half = {}};
}

// Any version in any state takes the name; so does a file that only claims to be one, lest it be believed later.
Result<void> check_is_free(const KeyFolder& folder, const KeyId& id, TakenNames& names) {
  TRY_LET(const bool made, folder.has(id), "look for the version");
  if (id.version != KeyVersion{}) return made ? Result<void>(is_made_already(id)) : Result<void>();
  // What stores write has a first version, which costs the same to look for however many keys there are.
  if (made) return name_is_taken(id.name);
  TRY_LET(const bool taken, names.has(folder, id.name), "look for versions");
  if (taken) return name_is_taken(id.name);
  return {};
}

// Whether there is a key already takes reading a part of a large folder, and need not be found out for each new one.
Result<KeyFolder> folder_for_new_key(const std::filesystem::path& state, TakenNames& names) {
  if (names.any()) {
    if (auto folder = KeyFolder::open(state); folder.ok()) return folder;
  }
  return KeyFolder::open_or_create(state);
}

Result<void> check_rotatable(const KeyRecord& newest) {
  if (newest.state == KeyState::disabled) return not_active(newest);
  if (newest.origin != KeyOrigin::imported) return {};
  return Error(ErrorCode::refused, "key '" + newest.id.text() +
                                       "' was imported, and only its maker can make the next one; import that under "
                                       "another name");
}

}  // namespace

Result<KeyRecord> KeyStore::create(const CreateRequest& request, Clock clock) const {
  TRY_LET(const auto origin, choose_origin(request.algorithm, request.origin), "choose origin");
  TRY_LET(auto uses, choose_uses(request.algorithm, request.uses), "choose uses");
  TRY_LET(const auto folder, folder_for_new_key(folder_, *names_), "open key folder");
  const KeyId id{request.name, KeyVersion{}};
  // Only spares a long search in vain; the check that counts is made under the lock.
  TRY_LET(const bool made, folder.has(id), "look for the name");
  if (made) return name_is_taken(id.name);
  const auto& root = roots_->newest();
  TRY_LET(const auto material, make(root, id, request.algorithm, origin, request.progress), "make key");
  return add(new_record(id, request.algorithm, std::move(uses), origin, root), material, clock);
}

Result<KeyRecord> KeyStore::import(const ImportRequest& request, Clock clock) const {
  TRY_LET(auto uses, choose_uses(request.algorithm, request.uses), "choose uses");
  TRY_LET(const auto folder, folder_for_new_key(folder_, *names_), "open key folder");
  const KeyId id{request.name, KeyVersion{}};
  TRY_LET(const auto half, public_half_of(request.algorithm, request.material), "describe key");
  TRY(check_is_new(half, id.name), "look for the same key");
  return add(new_record(id, request.algorithm, std::move(uses), KeyOrigin::imported, roots_->newest()),
             request.material, clock);
}

// One key under two names would be destroyed, or superseded, under one of them only.
Result<void> KeyStore::check_is_new(const PublicHalf& half, const KeyName& name) const {
  TRY_LET(const auto all, list(), "list keys");
  for (const auto& key : all) {
    if (!key.record.ok() || key.record->state == KeyState::destroyed) continue;
    if (key.record->half == half && key.record->id.name != name) return is_there_already(key.record->id);
  }
  return {};
}

// Behind all that there are, also those that were given up.
Result<KeyId> KeyStore::next_version_of(const KeyName& name) const {
  const auto folder = KeyFolder::open(folder_);
  if (!folder.ok()) return KeyId{name, KeyVersion{}};  // without one there is nothing to follow
  TRY_LET(const auto versions, folder->versions_of(name), "look for versions");
  const auto newest = versions.empty() ? 0 : versions.front().number;
  if (newest == UINT32_MAX) return Error(ErrorCode::refused, "the versions of this key have come to their end");
  return KeyId{name, {newest + 1}};
}

Result<KeyRecord> KeyStore::rotate(const KeyName& name, const std::function<void()>& progress, Clock clock) const {
  // In this order: of two rotations at once the later one finds its version made, instead of making one more.
  TRY_LET(const auto id, next_version_of(name), "choose version");
  TRY_LET(const auto model, newest_known(name), "find newest version");
  TRY(check_rotatable(model), "check that the key can be rotated");
  const auto& root = roots_->newest();
  TRY_LET(const auto material, make(root, id, model.algorithm, model.origin, progress), "make key");
  return add(new_record(id, model.algorithm, model.uses, model.origin, root), material, clock);
}

Result<KeyRecord> KeyStore::newest_known(const KeyName& name) const {
  const auto folder = KeyFolder::open(folder_);
  if (!folder.ok()) return find({name});  // says that there is none, or what is wrong
  TRY_LET(const auto versions, folder->versions_of(name), "look for versions");
  for (const auto version : versions) {
    auto found = find({name, version});
    // Given up: nothing is known of it, and nothing uses it any more.
    if (found.ok() || found.error().code() != ErrorCode::refused) return found;
  }
  if (versions.empty()) return find({name});  // says what there is
  return Error(ErrorCode::refused,
               "every version of key '" + name.text() +
                   "' was given up, so that nothing tells what the next one should be; create a key "
                   "under another name");
}

Result<std::vector<KeyRecord>> KeyStore::set_state(const KeySelection& selection, KeyState state) const {
  TRY_LET(const auto lock, FolderLock::acquire(folder_), "lock state folder");
  std::vector<KeyRecord> changed;
  if (selection.version) {
    TRY_LET(auto record, change_state({selection.name, *selection.version}, state), "change state");
    changed.push_back(std::move(record));
    return changed;
  }
  TRY_LET(const auto all, list(), "list keys");
  bool known = false;
  for (const auto& key : all) {
    if (!key.record.ok()) {
      // A version that was left as it is could be mended, and be in use again.
      if (key.file.starts_with(selection.name.text() + "@")) return key.record.error();
      continue;
    }
    if (key.record->id.name != selection.name) continue;
    known = true;
    if (key.record->state == KeyState::destroyed) continue;
    TRY_LET(auto record, change_state(key.record->id, state), "change state");
    changed.push_back(std::move(record));
  }
  if (known && changed.empty() && state != KeyState::destroyed) return is_destroyed(selection.name.text());
  if (known) return changed;
  TRY_LET(const auto absent, find(selection), "find key");  // says what there is
  return changed;
}

Result<void> KeyStore::give_up(const KeyId& id) const {
  TRY_LET(const auto lock, FolderLock::acquire(folder_), "lock state folder");
  // To whoever holds earlier roots, keys of the newest one look like keys that no root opens.
  TRY(check_root(), "check root");
  const auto record = find({id.name, id.version});
  if (record.ok()) return is_readable(id);
  const auto code = record.error().code();
  if (code != ErrorCode::malformed && code != ErrorCode::does_not_open) return record.error();
  TRY_LET(const auto folder, KeyFolder::open(folder_), "open key folder");
  Bytes room(kKeyFileRoom);
  const auto file = folder.read(id, room);
  if (file.ok() && file->record.anchor == roots_->anchor() && file->record.epoch > roots_->newest().epoch()) {
    return record.error();  // the latest anchor opens it
  }
  TRY(folder.remove_unfinished(id), "remove what was left of the key");
  return write_private_file(folder.path() / file_name_of(id), as_bytes(kGivenUpFile), Replace::allowed);
}

Result<void> KeyStore::keep_tombstones(anchor::RootEpoch epoch) const {
  TRY_LET(const auto all, list(), "list keys");
  for (const auto& key : all) {
    // It might be one of them.
    if (!key.record.ok()) return key.record.error();
    if (key.record->state != KeyState::destroyed || key.record->epoch != epoch) continue;
    auto tombstone = *key.record;
    tombstone.epoch = roots_->newest().epoch();
    TRY(write(tombstone, SecretBytes(), Replace::allowed), "write tombstone");
  }
  return {};
}

Result<KeyRecord> KeyStore::change_state(const KeyId& id, KeyState state) const {
  TRY_LET(auto record, find({id.name, id.version}), "find key");
  if (record.state == state) return record;
  if (record.state == KeyState::destroyed) return is_destroyed(id.text());
  TRY_LET(const auto folder, KeyFolder::open(folder_), "open key folder");
  Bytes room(kKeyFileRoom);
  TRY_LET(const auto file, folder.read(id, room), "read key file");
  KeyUnsealer unsealer(*roots_);
  TRY_LET(const auto material, unsealer.material(file), "open key");
  // A secret that lies there under another name would not be destroyed.
  if (state == KeyState::destroyed) TRY(folder.remove_unfinished(id), "remove what was left of the key");
  record.state = state;
  TRY_LET(const auto secret, stored_secret(record, material), "export key");
  TRY(write(record, secret, Replace::allowed), "write key file");
  return record;
}

Result<KeyRecord> KeyStore::add(KeyRecord record, const KeyMaterial& material, Clock clock) const {
  TRY_LET(record.half, public_half_of(record.algorithm, material), "describe key");
  TRY_LET(const auto secret, stored_secret(record, material), "export key");
  TRY_LET(const auto folder, KeyFolder::open(folder_), "open key folder");
  TRY_LET(const auto lock, FolderLock::acquire(folder_), "lock state folder");
  // Making the key may have taken seconds, in which its root may have been followed by another, and forgotten.
  TRY(check_root(), "check root");
  TRY(check_is_free(folder, record.id, *names_), "check name");
  record.created = clock();
  TRY(write(record, secret, Replace::refused), "write key file");
  if (record.id.version == KeyVersion{}) names_->add(folder, record.id.name);
  return record;
}

Result<void> KeyStore::write(const KeyRecord& record, const SecretBytes& secret, Replace replace) const {
  const auto* const root = roots_->find(record.epoch);
  TRY_LET(const auto bytes, seal_key_file(record, *root, secret), "seal key file");
  TRY_LET(auto file, create_private_file(KeyFolder::path_in(folder_) / file_name_of(record.id), replace),
          "create key file");
  TRY(file.write(bytes), "write key file");
  // A key that could not be opened again must never appear: its certificate might be out by then.
  TRY_LET(const auto written, read_file(file.temporary(), kMaxKeyFileSize), "read key file back");
  TRY_LET(const auto parsed, parse_key_file(written), "parse what was written");
  KeyUnsealer unsealer(*roots_);
  TRY(unsealer.authenticate(parsed), "authenticate what was written");
  if (record.state != KeyState::destroyed) TRY(unsealer.material(parsed), "open what was written");
  return file.commit();
}

}  // namespace holdfast::keys
