// The third line of a key file: authenticates the first two, and hides the secret of a key that is stored.
#pragma once

#include <map>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/aead.hpp"
#include "crypto/key_pair.hpp"
#include "device/anchor/root.hpp"
#include "device/keys/key_file.hpp"

namespace holdfast::keys {

/// The whole key file: AES-256-GCM under the store key of `root`, which is the root of record.epoch. `secret`
/// is what the file stores (stored_form_of), and empty for a key that the root gives again.
[[nodiscard]] Result<Bytes> seal_key_file(const KeyRecord& record, const anchor::Root& root, const SecretBytes& secret);

/// Opens key files of every epoch that an anchor knows. Keeps one cipher context for each, because setting one
/// up costs more than opening a file. Not thread-safe: one for each thread. `roots` must outlive it.
class KeyUnsealer {
 public:
  explicit KeyUnsealer(const anchor::Roots& roots) : roots_(&roots) {}

  /// That the file was written under this anchor and is whole. ErrorCode::does_not_open where it says that it
  /// belongs to another anchor or to an epoch that was dropped; ErrorCode::malformed where it was altered.
  [[nodiscard]] Result<void> authenticate(const KeyFile& file);

  /// Authenticates, and makes the key: derived from the root, or from the stored secret. A key whose public half
  /// is not the recorded one is ErrorCode::malformed.
  [[nodiscard]] Result<KeyMaterial> material(const KeyFile& file);

 private:
  [[nodiscard]] Result<crypto::Aead*> context_for(anchor::RootEpoch epoch);
  [[nodiscard]] Result<void> check_root(const KeyRecord& record) const;
  [[nodiscard]] Result<void> open(const KeyFile& file, MutableByteView secret);

  const anchor::Roots* roots_;
  std::map<anchor::RootEpoch, crypto::Aead> contexts_;
  SecretBytes scratch_;
};

}  // namespace holdfast::keys
