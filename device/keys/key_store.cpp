#include "device/keys/key_store.hpp"

#include <algorithm>
#include <utility>

#include "core/file.hpp"
#include "core/folder_lock.hpp"
#include "device/keys/derive.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_seal.hpp"

namespace holdfast::keys {
namespace {

constexpr std::size_t kNamesInMessages = 5;

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Result<KeyOrigin> origin_of(const CreateRequest& request) {
  const auto& row = crypto::row_of(request.algorithm);
  const bool derivable = is_derivable(request.algorithm);
  const auto origin = request.origin.value_or(derivable ? KeyOrigin::derived : KeyOrigin::random);
  if (origin == KeyOrigin::derived && !derivable) {
    return Error(ErrorCode::usage,
                 std::string(row.name) + " keys cannot be derived from the root; create it with origin 'random'");
  }
  return origin;
}

Error name_is_taken(const KeyName& name) {
  return {ErrorCode::refused, "key '" + name.text() + "' exists already, and names are never used again"};
}

// Any version in any state takes the name; so does a file that only claims to be one, lest it be believed later.
Result<void> check_name_is_free(const KeyFolder& folder, const KeyName& name) {
  TRY_LET(const bool taken, folder.has_any_version(name), "look for versions");
  if (taken) return name_is_taken(name);
  return {};
}

// What the key file stores: nothing where the root gives the key again.
Result<SecretBytes> stored_secret(const crypto::PrivateKey& key, KeyOrigin origin) {
  switch (origin) {
    case KeyOrigin::derived: return SecretBytes();
    case KeyOrigin::random: return key.to_pkcs8();
  }
  std::unreachable();
}

Result<KeyRecord> record_of(const CreateRequest& request, KeyOrigin origin, const KeyId& id, const anchor::Root& root,
                            const crypto::PublicKey& key) {
  TRY_LET(auto der, key.to_der(), "write public key");
  TRY_LET(auto digest, key.fingerprint(), "hash public key");
  return KeyRecord{.id = id,
                   .algorithm = request.algorithm,
                   .uses = request.uses,
                   .origin = origin,
                   .anchor = root.anchor(),
                   .epoch = root.epoch(),
                   .created = {},
                   .state = KeyState::active,
                   .public_key = std::move(der),
                   .public_sha256 = std::move(digest)};
}

Error no_such_key(const KeyName& name, const std::vector<KeyId>& ids) {
  std::vector<KeyName> names;
  names.reserve(ids.size());
  for (const auto& id : ids) names.push_back(id.name);
  const auto closest = closest_names(name, std::move(names), kNamesInMessages);
  const auto hint = closest.empty() ? "; no key was created yet" : "; there is, for example: " + join(closest);
  return {ErrorCode::not_found, "there is no key '" + name.text() + "'" + hint};
}

Error no_such_version(const KeyId& wanted, const std::vector<KeyVersion>& versions) {
  std::vector<std::string> newest;
  for (const auto version : versions) {
    if (newest.size() < kNamesInMessages) newest.push_back(std::to_string(version.number));
  }
  return {ErrorCode::not_found, "key '" + wanted.name.text() + "' has no version " +
                                    std::to_string(wanted.version.number) + "; newest versions: " + join(newest)};
}

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

Result<void> check_usable(const KeyRecord& record, KeyUse use) {
  if (record.state != KeyState::active) {
    return Error(ErrorCode::refused, "key '" + record.id.text() + "' is " + std::string(name_of(record.state)) +
                                         ", and only active keys can be used");
  }
  if (!record.uses.contains(use)) {
    return Error(ErrorCode::refused, "key '" + record.id.text() + "' must not be used to " + std::string(name_of(use)));
  }
  return {};
}

}  // namespace

Result<KeyStore> KeyStore::open(const std::filesystem::path& folder, const anchor::Roots& roots) {
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem)) {
    return Error(ErrorCode::not_found, "'" + folder.string() + "' is not a state folder");
  }
  return KeyStore(folder, roots);
}

Result<KeyRecord> KeyStore::create(const CreateRequest& request, Clock clock) const {
  TRY_LET(const auto origin, origin_of(request), "choose origin");
  if (request.uses.empty()) return Error(ErrorCode::usage, "a key needs at least one use; there is: sign");
  TRY_LET(const auto folder, KeyFolder::open_or_create(folder_), "open key folder");
  const KeyId id{request.name, KeyVersion{}};
  // Only spares a long search in vain; the check that counts is made under the lock.
  if (folder.has(id)) return name_is_taken(id.name);

  const auto& root = roots_->newest();
  TRY_LET(const auto key,
          origin == KeyOrigin::derived ? derive_identity_key(root, id, request.algorithm)
                                       : crypto::PrivateKey::generate(request.algorithm, request.progress),
          "make key");
  TRY_LET(auto record, record_of(request, origin, id, root, key.public_key()), "describe key");
  TRY_LET(const auto secret, stored_secret(key, origin), "export key");

  TRY_LET(const auto lock, FolderLock::acquire(folder_), "lock state folder");
  TRY(check_name_is_free(folder, id.name), "check name");
  record.created = clock();
  TRY(write(record, secret), "write key file");
  return record;
}

Result<void> KeyStore::write(const KeyRecord& record, const SecretBytes& secret) const {
  const auto* const root = roots_->find(record.epoch);
  TRY_LET(const auto bytes, seal_key_file(record, *root, secret), "seal key file");
  TRY_LET(auto file, AtomicFile::create(KeyFolder::path_in(folder_) / file_name_of(record.id), 0600, Replace::refused),
          "create key file");
  TRY(file.write(bytes), "write key file");
  TRY(file.sync(), "sync key file");
  // A key that could not be opened again must never appear: its certificate might be out by then.
  TRY_LET(const auto written, read_file(file.temporary(), kMaxKeyFileSize), "read key file back");
  TRY_LET(const auto parsed, parse_key_file(written), "parse what was written");
  TRY(KeyUnsealer(*roots_).private_key(parsed), "open what was written");
  return file.commit();
}

Result<KeyRecord> KeyStore::find(const KeyName& name, std::optional<KeyVersion> version) const {
  auto folder = KeyFolder::open(folder_);
  if (!folder.ok()) {
    return folder.error().code() == ErrorCode::not_found ? no_such_key(name, {}) : std::move(folder).error();
  }
  TRY_LET(const auto ids, folder->ids(), "list key files");
  auto versions = versions_of(name, ids);
  if (versions.empty()) return no_such_key(name, ids);
  KeyUnsealer unsealer(*roots_);
  if (version) {
    if (!std::ranges::contains(versions, *version)) return no_such_version({name, *version}, versions);
    return read_record(*folder, {name, *version}, unsealer);
  }
  for (const auto candidate : versions) {
    TRY_LET(auto record, read_record(*folder, {name, candidate}, unsealer), "read key");
    if (record.state == KeyState::active) return record;
  }
  return Error(ErrorCode::refused, "key '" + name.text() + "' has no active version");
}

Result<crypto::PrivateKey> KeyStore::load_private(const KeyRecord& record, KeyUse use) const {
  TRY_LET(const auto folder, KeyFolder::open(folder_), "open key folder");
  Bytes room(kKeyFileRoom);
  TRY_LET(const auto file, folder.read(record.id, room), "read key file");
  KeyUnsealer unsealer(*roots_);
  TRY(unsealer.authenticate(file), "authenticate key file");
  TRY(check_usable(file.record, use), "check that the key may be used");
  if (file.record.public_key != record.public_key) {
    return Error(ErrorCode::malformed, "key '" + record.id.text() + "' is no longer the key that was found");
  }
  return unsealer.private_key(file);
}

}  // namespace holdfast::keys
