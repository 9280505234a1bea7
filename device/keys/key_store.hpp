// The keys of one device: created, listed, found and opened for use. One file for each version of a key.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/file.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"
#include "device/anchor/root.hpp"
#include "device/keys/key_record.hpp"
#include "device/keys/key_selection.hpp"
#include "device/keys/taken_names.hpp"

namespace holdfast::keys {

/// What a new key shall be.
struct CreateRequest {
  KeyName name;
  crypto::KeyAlgorithm algorithm;
  /// Where absent: derived if the algorithm can be without a long search, else random (RSA).
  std::optional<KeyOrigin> origin = std::nullopt;
  /// Where empty: what such keys are for (crypto::usual_uses).
  std::set<KeyUse> uses = {};  // NOLINT(readability-redundant-member-init): may be left out
  /// Called now and then while a large RSA key is searched for.
  std::function<void()> progress = nullptr;
};

/// A key that was made elsewhere.
struct ImportRequest {
  KeyName name;
  crypto::KeyAlgorithm algorithm;
  /// Where empty: what such keys are for.
  std::set<KeyUse> uses = {};  // NOLINT(readability-redundant-member-init): may be left out
  KeyMaterial material;
};

/// One file of the key folder: the authenticated record in it, or why there is none.
struct ListedKey {
  std::string file;
  Result<KeyRecord> record;
};

/// Says whether the newest of the roots that a program holds is still the newest of its anchor: ErrorCode::refused
/// where it is not.
using RootCheck = std::function<Result<void>()>;

/// The key store in a state folder. Holds no secret but through the roots, no open file and no lock between
/// calls, so that any number of stores and processes may work on one folder. Safe in several threads. Readers never
/// wait for writers.
class KeyStore {
 public:
  /// `folder` is the state folder; its `keys` folder is made with the first key. `roots` must outlive the store.
  /// Whoever opens stores again and again hands the same `names` to all of them; without, each reads the folder for its
  /// first new key. `check_root` is asked under the folder's lock, by which epochs are dropped too, before a new key is
  /// written: one that was made under a root which is forgotten meanwhile would be lost. May be empty where the caller
  /// holds an anchor that nobody else can change.
  [[nodiscard]] static Result<KeyStore> open(const std::filesystem::path& folder, const anchor::Roots& roots,
                                             std::shared_ptr<TakenNames> names = nullptr,
                                             RootCheck check_root = nullptr);

  /// Makes version 1 of a new name. ErrorCode::refused where any version of that name exists, in whatever state:
  /// names are never reused. ErrorCode::usage where origin or uses make no sense for the algorithm. The new file
  /// has been read back and opened before it gets its name. Only the check and the write hold the folder's lock,
  /// not the search for an RSA key; what the root check says then is passed on, here and wherever a key is made.
  [[nodiscard]] Result<KeyRecord> create(const CreateRequest& request, Clock clock = system_clock_now) const;

  /// The same for a key that is brought along. ErrorCode::refused where it is there under another name, unless it was
  /// destroyed there.
  [[nodiscard]] Result<KeyRecord> import(const ImportRequest& request, Clock clock = system_clock_now) const;

  /// What the next version of a name will be like: the newest one that was not given up. ErrorCode::refused where all
  /// were; otherwise as `find`.
  [[nodiscard]] Result<KeyRecord> newest_known(const KeyName& name) const;

  /// Makes the next version of a name, of the newest version's algorithm, uses and origin; versions that were given up
  /// are counted, and passed over. From then on that one is
  /// used; older ones only verify, decrypt and derive. A destroyed version may be followed by a new one;
  /// ErrorCode::refused where the newest is disabled or was imported, ErrorCode::not_found where there is none.
  [[nodiscard]] Result<KeyRecord> rotate(const KeyName& name, const std::function<void()>& progress = {},
                                         Clock clock = system_clock_now) const;

  /// Brings one version, or all that are not destroyed, into another state, and returns the new records. A destroyed
  /// key keeps its name and loses its secret, for ever; asking for another state of it by its version is
  /// ErrorCode::refused. Each file is replaced atomically, one after the other.
  [[nodiscard]] Result<std::vector<KeyRecord>> set_state(const KeySelection& selection, KeyState state) const;

  /// Gives up a version whose file is damaged, or which no root opens any more: the file, and what it may hold, is
  /// replaced for ever by one that keeps the name and version taken. No earlier version signs in its place, `list`
  /// passes it over, `find` refuses it, and `rotate` makes the next one. ErrorCode::refused where the file can be read,
  /// is of a later root than the newest one here, or was given up before; ErrorCode::not_found where there is none.
  [[nodiscard]] Result<void> give_up(const KeyId& id) const;

  /// Writes the tombstones of one epoch anew under the newest root. Once their own is forgotten nothing could tell any
  /// more that they are authentic, and without them versions that were followed would sign again, and names and
  /// versions would be free. Each opens before and after, so that cutting this short does no harm. Fails where any key
  /// file cannot be read. The caller holds the state folder's lock, and the newest root of the anchor.
  [[nodiscard]] Result<void> keep_tombstones(anchor::RootEpoch epoch) const;

  /// Every key, sorted by name and version; behind them the files that end in ".key" but are not named so. A
  /// damaged file does not hide the others.
  [[nodiscard]] Result<std::vector<ListedKey>> list() const;

  /// The newest version, or the given one, in whatever state. ErrorCode::not_found, with the closest names, where there
  /// is none. A disabled or damaged newest version is never passed over: otherwise that would bring an old key back
  /// into use.
  [[nodiscard]] Result<KeyRecord> find(const KeySelection& selection) const;

  /// The key of a record that `create`, `list` or `find` gave. Reads the file again, since the state may have
  /// changed: ErrorCode::refused where the key is not active, not for `use`, or has a successor, however many versions
  /// later, and would make something new (sign, encrypt).
  [[nodiscard]] Result<KeyMaterial> load(const KeyRecord& record, KeyUse use) const;

 private:
  KeyStore(std::filesystem::path folder, const anchor::Roots& roots, std::shared_ptr<TakenNames> names,
           RootCheck check_root)
      : folder_(std::move(folder)), roots_(&roots), names_(std::move(names)), check_root_(std::move(check_root)) {}

  // Under the lock.
  [[nodiscard]] Result<void> check_root() const { return check_root_ ? check_root_() : Result<void>(); }

  [[nodiscard]] Result<void> check_is_new(const PublicHalf& half, const KeyName& name) const;
  [[nodiscard]] Result<KeyId> next_version_of(const KeyName& name) const;
  [[nodiscard]] Result<KeyRecord> add(KeyRecord record, const KeyMaterial& material, Clock clock) const;
  [[nodiscard]] Result<KeyRecord> change_state(const KeyId& id, KeyState state) const;
  [[nodiscard]] Result<void> write(const KeyRecord& record, const SecretBytes& secret, Replace replace) const;

  std::filesystem::path folder_;
  const anchor::Roots* roots_;
  std::shared_ptr<TakenNames> names_;
  RootCheck check_root_;
};

}  // namespace holdfast::keys
