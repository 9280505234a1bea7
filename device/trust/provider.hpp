// One interface to whatever keeps a device's secrets: the software anchor, and beside it TPMs and tokens.
//
// Its shape is what all of them can do. Keys are named and never leave; what uses one is a Key. Tokens and TPMs sign
// digests or whole messages, so messages come through a reader. They limit how much they unseal and how much randomness
// one call gives; a provider works around that inside. What a provider cannot do at all its capabilities tell.
#pragma once

#include "core/clock.hpp"
#include "device/seal/memory.hpp"
#include "device/seal/outside.hpp"
#include "device/seal/stream.hpp"
#include "device/trust/key.hpp"
#include "device/trust/profile.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace holdfast::trust {

/// What a provider may or may not be able to do.
enum class Capability {
  seal_data,
  derived_keys,
  random_keys,
  imported_keys,
  ephemeral_keys,
  deterministic_signatures,
  certificates,
  counter,
  attestation,
};

struct ProviderInfo {
  std::string kind;    ///< "software" or "stateless"
  std::string device;  ///< the anchor's id, or the token's serial number
  std::set<Capability> capabilities;
};

/// What a new key shall be.
struct KeyRequest {
  KeyName name;
  crypto::KeyAlgorithm algorithm;
  std::optional<KeyOrigin> origin = std::nullopt;
  std::set<KeyUse> uses = {};  // NOLINT(readability-redundant-member-init): may be left out
  std::function<void()> progress = nullptr;
};

/// A key that was made elsewhere: a key pair, or for data keys 32 bytes.
struct KeyImport {
  KeyName name;
  crypto::KeyAlgorithm algorithm;
  std::set<KeyUse> uses = {};  // NOLINT(readability-redundant-member-init): may be left out
  keys::KeyMaterial material;
};

/// A statement about this device that one of its keys has signed.
struct Attestation {
  std::string statement;  ///< canonical JSON, what `signature` is over
  Bytes signature;
};

/// Safe in several threads, and beside other processes on the same state.
class Provider {
 public:
  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  virtual ~Provider() = default;

  [[nodiscard]] virtual ProviderInfo info() const = 0;
  /// What it enforces, for every caller. Where it cannot be used here, its `problem` says why.
  [[nodiscard]] virtual const Profile& profile() const = 0;

  /// Keys. What the profile forbids is ErrorCode::refused with the rule; the rest as keys::KeyStore has it.
  [[nodiscard]] virtual Result<KeyInfo> create_key(const KeyRequest& request) = 0;
  [[nodiscard]] virtual Result<KeyInfo> import_key(KeyImport request) = 0;
  [[nodiscard]] virtual Result<KeyInfo> rotate_key(const KeyName& name, const std::function<void()>& progress) = 0;
  [[nodiscard]] virtual Result<std::vector<KeyInfo>> set_key_state(const KeySelection& keys, KeyState state) = 0;
  /// Gives up a version that cannot be read, for ever. ErrorCode::refused where it can be.
  [[nodiscard]] virtual Result<void> give_up_key(const KeyId& key) = 0;
  [[nodiscard]] virtual Result<std::vector<ListedKey>> list_keys() const = 0;
  [[nodiscard]] virtual Result<KeyInfo> find_key(const KeySelection& key) const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Key>> open_key(const KeySelection& key, KeyUse use) const = 0;
  /// A random key that lives in memory only, and goes with the object.
  [[nodiscard]] virtual Result<std::unique_ptr<Key>> create_ephemeral_key(crypto::KeyAlgorithm algorithm,
                                                                          KeyUse use) const = 0;

  /// The certificate beside a key, with its issuers'. Only one that is for this key is kept (ErrorCode::refused).
  /// ErrorCode::not_found where there is none.
  [[nodiscard]] virtual Result<void> store_certificate(const KeySelection& key,
                                                       const crypto::CertificateChain& chain) = 0;
  [[nodiscard]] virtual Result<crypto::CertificateChain> load_certificate(const KeySelection& key) const = 0;

  /// Sealing to this device, and opening what it sealed. The profile must allow the suite, for sealing only; where
  /// nobody chooses, callers take usual_suite(profile()).
  [[nodiscard]] virtual Result<seal::StreamStats> seal(const seal::SealOptions& options,
                                                       const seal::Ends& ends) const = 0;
  [[nodiscard]] virtual Result<seal::StreamStats> unseal(const seal::UnsealOptions& options,
                                                         const seal::Ends& ends) const = 0;
  /// Seals anew, under the newest root, what `unseal` would open, with the same suite, passphrase, name, expiry and
  /// media type. The plaintext does not leave this process. The profile must still allow the suite.
  [[nodiscard]] virtual Result<seal::StreamStats> reseal(const seal::UnsealOptions& options,
                                                         const seal::Ends& ends) const = 0;
  /// Opening what others encrypted to one of this device's keys, which proves no origin.
  [[nodiscard]] virtual Result<seal::StreamStats> unseal_from_outside(const seal::DecryptOptions& options,
                                                                      const seal::Ends& ends) const = 0;

  /// The same in memory that the caller has: `output` holds at least seal::max_sealed_size of the plaintext, or the
  /// size of `sealed`. Returns how much was filled; a failure leaves no plaintext in it.
  [[nodiscard]] virtual Result<std::size_t> seal_into(const seal::SealOptions& options, ByteView plaintext,
                                                      MutableByteView output) const = 0;
  [[nodiscard]] virtual Result<std::size_t> unseal_into(const seal::UnsealOptions& options, ByteView sealed,
                                                        MutableByteView output) const = 0;
  /// The plaintext of `encrypted`. It is not wiped when it goes.
  [[nodiscard]] virtual Result<Bytes> unseal_bytes_from_outside(const seal::DecryptOptions& options,
                                                                ByteView encrypted) const = 0;

  /// Random bytes from the provider's own source.
  [[nodiscard]] virtual Result<SecretBytes> random(std::size_t size) const = 0;

  /// A number that only grows, by one at each call of `increment`. A software provider's goes back with a backup of
  /// its folder.
  [[nodiscard]] virtual Result<std::uint64_t> read_counter() const = 0;
  [[nodiscard]] virtual Result<std::uint64_t> increment_counter() = 0;

  /// Signs what this device is, together with the asker's `nonce` (16 to 64 bytes).
  [[nodiscard]] virtual Result<Attestation> attest(const KeySelection& key, ByteView nonce) const = 0;
};

}  // namespace holdfast::trust
