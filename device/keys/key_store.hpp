// The keys of one device: created, listed, found and opened for use. One file for each version of a key.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"
#include "device/anchor/root.hpp"
#include "device/keys/key_record.hpp"

namespace holdfast::keys {

/// What a new key shall be.
struct CreateRequest {
  KeyName name;
  crypto::KeyAlgorithm algorithm;
  /// Where absent: derived if the algorithm can be, else random (RSA).
  std::optional<KeyOrigin> origin = std::nullopt;
  std::set<KeyUse> uses = {KeyUse::sign};
  /// Called now and then while a large RSA key is searched for.
  std::function<void()> progress = nullptr;
};

/// One file of the key folder: the authenticated record in it, or why there is none.
struct ListedKey {
  std::string file;
  Result<KeyRecord> record;
};

/// The key store in a state folder. Holds no secret but through the roots, no open file and no lock between
/// calls, so that any number of stores and processes may work on one folder. Safe in several threads.
class KeyStore {
 public:
  /// `folder` is the state folder; its `keys` folder is made with the first key. `roots` must outlive the store.
  [[nodiscard]] static Result<KeyStore> open(const std::filesystem::path& folder, const anchor::Roots& roots);

  /// Makes version 1 of a new name. ErrorCode::refused where any version of that name exists, in whatever state:
  /// names are never reused. ErrorCode::usage where origin or uses make no sense for the algorithm. The new file
  /// has been read back and opened before it gets its name. Only the check and the write hold the folder's lock,
  /// not the search for an RSA key.
  [[nodiscard]] Result<KeyRecord> create(const CreateRequest& request, Clock clock = system_clock_now) const;

  /// Every key, sorted by name and version; behind them the files that end in ".key" but are not named so. A
  /// damaged file does not hide the others.
  [[nodiscard]] Result<std::vector<ListedKey>> list() const;

  /// The newest active version, or the given version in whatever state. ErrorCode::not_found, with the closest
  /// names, where there is none; ErrorCode::refused where no version is active. A damaged newer version is an
  /// error, never passed over: otherwise damaging it would bring the old key back into use.
  [[nodiscard]] Result<KeyRecord> find(const KeyName& name, std::optional<KeyVersion> version = std::nullopt) const;

  /// The private key of a record that `create`, `list` or `find` gave. Reads the file again, since the state may
  /// have changed: ErrorCode::refused where the key is not active, or not for `use`.
  [[nodiscard]] Result<crypto::PrivateKey> load_private(const KeyRecord& record, KeyUse use = KeyUse::sign) const;

 private:
  KeyStore(std::filesystem::path folder, const anchor::Roots& roots) : folder_(std::move(folder)), roots_(&roots) {}

  [[nodiscard]] Result<void> write(const KeyRecord& record, const SecretBytes& secret) const;

  std::filesystem::path folder_;
  const anchor::Roots* roots_;
};

}  // namespace holdfast::keys
