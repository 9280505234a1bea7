#include "device/trust/software_provider.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/random.hpp"
#include "crypto/receiving_key.hpp"
#include "device/anchor/assurance.hpp"
#include "device/keys/certificate_file.hpp"
#include "device/keys/key_choices.hpp"
#include "device/keys/key_store.hpp"
#include "device/keys/store_errors.hpp"
#include "device/trust/counter_file.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/root_watch.hpp"
#include "device/trust/software_key.hpp"

namespace holdfast::trust {
namespace {

constexpr std::size_t kMinNonce = 16;
constexpr std::size_t kMaxNonce = 64;

// By value: a listing of thousands of keys hands its records over.
KeyInfo info_of(keys::KeyRecord record) {
  return {.id = std::move(record.id),
          .algorithm = record.algorithm,
          .uses = std::move(record.uses),
          .origin = record.origin,
          .state = record.state,
          .created = record.created,
          .half = std::move(record.half),
          .root_epoch = record.epoch.number};
}

bool selects(const KeySelection& selection, const KeyId& id) {
  return selection.name == id.name && (!selection.version || *selection.version == id.version);
}

// Data keys have no public half to check a certificate against.
Result<void> check_certificate(const crypto::CertificateChain& chain, const keys::KeyRecord& record) {
  TRY_LET(const auto key, keys::public_key_of(record), "read public key");
  return crypto::check_belongs_to(chain, key);
}

class SoftwareProvider : public Provider {
 public:
  SoftwareProvider(std::filesystem::path folder, anchor::OpenedAnchor anchor, Profile profile, Clock clock)
      : folder_(std::move(folder)),
        anchor_(std::move(anchor)),
        profile_(std::move(profile)),
        clock_(clock),
        watch_(folder_ / "anchor", anchor_.roots.newest()) {}

  [[nodiscard]] ProviderInfo info() const override {
    using enum Capability;
    return {"software",
            anchor_.file.id.hex(),
            {seal_data, derived_keys, random_keys, imported_keys, ephemeral_keys, deterministic_signatures,
             certificates, counter, attestation}};
  }

  [[nodiscard]] const Profile& profile() const override { return profile_; }

  [[nodiscard]] Result<KeyInfo> create_key(const KeyRequest& request) override {
    const auto scope = enter();
    const keys::CreateRequest create{request.name, request.algorithm, request.origin, request.uses, request.progress};
    TRY_LET(const auto origin, keys::choose_origin(request.algorithm, request.origin), "choose origin");
    TRY_LET(const auto uses, keys::choose_uses(request.algorithm, request.uses), "choose uses");
    TRY(check_new_key(profile_, request.algorithm, origin, uses), "check profile");
    TRY(watch_.check(), "check root");
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(auto record, store.create(create, clock_), "create key");
    return info_of(std::move(record));
  }

  [[nodiscard]] Result<KeyInfo> import_key(KeyImport request) override {
    const auto scope = enter();
    TRY_LET(const auto uses, keys::choose_uses(request.algorithm, request.uses), "choose uses");
    TRY(check_new_key(profile_, request.algorithm, KeyOrigin::imported, uses), "check profile");
    TRY(watch_.check(), "check root");
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(auto record, store.import({request.name, request.algorithm, uses, std::move(request.material)}, clock_),
            "import key");
    return info_of(std::move(record));
  }

  [[nodiscard]] Result<KeyInfo> rotate_key(const KeyName& name, const std::function<void()>& progress) override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    // The successor is like the newest one, which the profile may have forbidden since.
    TRY_LET(const auto current, store.newest_known(name), "find key");
    TRY(check_new_key(profile_, current.algorithm, current.origin, current.uses), "check profile");
    TRY(watch_.check(), "check root");
    TRY_LET(auto record, store.rotate(name, progress, clock_), "rotate key");
    return info_of(std::move(record));
  }

  [[nodiscard]] Result<std::vector<KeyInfo>> set_key_state(const KeySelection& keys, KeyState state) override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(auto records, store.set_state(keys, state), "change state");
    std::vector<KeyInfo> infos;
    infos.reserve(records.size());
    for (auto& record : records) infos.push_back(info_of(std::move(record)));
    return infos;
  }

  [[nodiscard]] Result<void> give_up_key(const KeyId& key) override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    return store.give_up(key);
  }

  [[nodiscard]] Result<std::vector<ListedKey>> list_keys() const override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(auto listed, store.list(), "list keys");
    std::vector<ListedKey> infos;
    infos.reserve(listed.size());
    for (auto& key : listed) {
      infos.push_back({std::move(key.file), key.record.ok() ? Result<KeyInfo>(info_of(std::move(key.record).value()))
                                                            : Result<KeyInfo>(std::move(key.record).error())});
    }
    return infos;
  }

  [[nodiscard]] Result<KeyInfo> find_key(const KeySelection& key) const override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(auto record, store.find(key), "find key");
    return info_of(std::move(record));
  }

  [[nodiscard]] Result<std::unique_ptr<Key>> open_key(const KeySelection& key, KeyUse use) const override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(auto record, store.find(key), "find key");
    TRY(check_key_use(profile_, record.algorithm, use), "check profile");
    TRY_LET(auto material, store.load(record, use), "load key");
    return make_software_key(info_of(std::move(record)), std::move(material), use, profile_);
  }

  [[nodiscard]] Result<std::unique_ptr<Key>> create_ephemeral_key(crypto::KeyAlgorithm algorithm,
                                                                  KeyUse use) const override {
    const auto scope = enter();
    return make_ephemeral_key(algorithm, use, profile_, clock_());
  }

  [[nodiscard]] Result<void> store_certificate(const KeySelection& key,
                                               const crypto::CertificateChain& chain) override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(const auto record, store.find(key), "find key");
    if (record.state == KeyState::destroyed) return keys::is_destroyed(record.id.text());
    TRY(check_certificate(chain, record), "check certificate");
    return keys::store_certificate(folder_, record.id, chain);
  }

  [[nodiscard]] Result<crypto::CertificateChain> load_certificate(const KeySelection& key) const override {
    const auto scope = enter();
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(const auto record, store.find(key), "find key");
    auto loaded = keys::load_certificate(folder_, record.id);
    if (record.state == KeyState::destroyed && !loaded.ok() && loaded.error().code() == ErrorCode::not_found) {
      return Error(ErrorCode::not_found,
                   "there is no certificate beside key '" + record.id.text() + "', which is destroyed");
    }
    TRY_LET(auto chain, std::move(loaded), "load certificate");
    TRY(check_certificate(chain, record), "check certificate");
    return chain;
  }

  [[nodiscard]] Result<seal::StreamStats> seal(const seal::SealOptions& options,
                                               const seal::Ends& ends) const override {
    const auto scope = enter();
    TRY(check_suite(profile_, options.suite), "check profile");
    TRY(watch_.check(), "check root");
    return seal::seal_stream(anchor_.roots.newest(), options, ends);
  }

  [[nodiscard]] Result<seal::StreamStats> unseal(const seal::UnsealOptions& options,
                                                 const seal::Ends& ends) const override {
    const auto scope = enter();
    return seal::unseal_stream(anchor_.roots, options, ends);
  }

  [[nodiscard]] Result<seal::StreamStats> reseal(const seal::UnsealOptions& options,
                                                 const seal::Ends& ends) const override {
    const auto scope = enter();
    TRY(watch_.check(), "check root");
    const auto check = [this](crypto::AeadSuite suite) { return check_suite(profile_, suite); };
    return seal::reseal_stream(anchor_.roots, options, check, ends);
  }

  [[nodiscard]] Result<seal::StreamStats> unseal_from_outside(const seal::DecryptOptions& options,
                                                              const seal::Ends& ends) const override {
    const auto scope = enter();
    TRY_LET(const auto find, finder_for(options), "read key name");
    return seal::decrypt_outside_stream(find, options, ends);
  }

  [[nodiscard]] Result<std::size_t> seal_into(const seal::SealOptions& options, ByteView plaintext,
                                              MutableByteView output) const override {
    const auto scope = enter();
    TRY(check_suite(profile_, options.suite), "check profile");
    TRY(watch_.check(), "check root");
    return seal::seal_into(anchor_.roots.newest(), options, plaintext, output);
  }
  [[nodiscard]] Result<std::size_t> unseal_into(const seal::UnsealOptions& options, ByteView sealed,
                                                MutableByteView output) const override {
    const auto scope = enter();
    return seal::unseal_into(anchor_.roots, options, sealed, output);
  }
  [[nodiscard]] Result<Bytes> unseal_bytes_from_outside(const seal::DecryptOptions& options,
                                                        ByteView encrypted) const override {
    const auto scope = enter();
    TRY_LET(const auto find, finder_for(options), "read key name");
    return seal::decrypt_outside_bytes(find, options, encrypted);
  }

  [[nodiscard]] Result<SecretBytes> random(std::size_t size) const override {
    const auto scope = enter();
    return crypto::random_secret(size);
  }

  [[nodiscard]] Result<std::uint64_t> read_counter() const override {
    const auto scope = enter();
    return trust::read_counter(folder_, anchor_.roots);
  }
  [[nodiscard]] Result<std::uint64_t> increment_counter() override {
    const auto scope = enter();
    return trust::increment_counter(folder_, anchor_.roots, [this] { return watch_.check(); });
  }

  [[nodiscard]] Result<Attestation> attest(const KeySelection& key, ByteView nonce) const override {
    const auto scope = enter();
    if (nonce.size() < kMinNonce || nonce.size() > kMaxNonce) {
      return Error(ErrorCode::usage, "an attestation needs a nonce of 16 to 64 bytes, and " +
                                         std::to_string(nonce.size()) + " were given");
    }
    TRY_LET(const auto signer, open_key(key, KeyUse::sign), "open key");
    TRY_LET(auto statement, statement_about(signer->info(), nonce), "write statement");
    TRY_LET(auto signature, signer->sign({}, crypto::Randomness::hedged, read_from(as_bytes(statement))),
            "sign statement");
    return Attestation{std::move(statement), std::move(signature)};
  }

 private:
  // Whatever this anchor does, its own module computes.
  [[nodiscard]] crypto::ModuleScope enter() const { return crypto::ModuleScope(anchor_.file.module); }

  [[nodiscard]] Result<keys::KeyStore> open_store() const {
    // The store asks again under the lock. What is asked before a key is made only spares the making.
    return keys::KeyStore::open(folder_, anchor_.roots, names_, [this] { return watch_.check(); });
  }

  [[nodiscard]] Result<std::string> statement_about(const KeyInfo& key, ByteView nonce) const {
    TRY_LET(const auto count, read_counter(), "read counter");
    const auto assurance = anchor::assess(anchor_.file);
    return canonical_json({{"format", "holdfast-attestation-v1"},
                           {"provider", "software"},
                           {"anchor", anchor_.file.id.hex()},
                           {"generation", anchor_.file.generation},
                           {"epoch", anchor_.file.epoch.number},
                           {"tier", name_of(assurance.tier)},
                           {"platform", anchor_.file.platform},
                           {"profile", profile_.name},
                           {"counter", count},
                           {"key", key.id.text()},
                           {"key_algorithm", crypto::row_of(key.algorithm).name},
                           {"key_sha256", to_hex(key.half.public_sha256)},
                           {"nonce", to_base64(nonce)},
                           {"time", format_rfc3339(clock_())}});
  }

  // Borrows this object.
  [[nodiscard]] Result<seal::FindReceivingKey> finder_for(const seal::DecryptOptions& options) const {
    std::optional<KeySelection> wanted;
    if (options.key) {
      TRY_LET(wanted, KeySelection::parse(*options.key), "read key name");
    }
    return [this, wanted](ByteView fingerprint, crypto::KeyAlgorithm algorithm) {
      return receiving_key(wanted, fingerprint, algorithm);
    };
  }

  [[nodiscard]] Result<crypto::ReceivingKey> receiving_key(const std::optional<KeySelection>& wanted,
                                                           ByteView fingerprint, crypto::KeyAlgorithm algorithm) const {
    TRY_LET(const auto store, open_store(), "open key store");
    TRY_LET(const auto listed, store.list(), "list keys");
    for (const auto& key : listed) {
      if (!key.record.ok() || key.record->algorithm != algorithm) continue;
      if (wanted && !selects(*wanted, key.record->id)) continue;
      if (!std::ranges::equal(key.record->half.public_sha256, fingerprint)) continue;
      TRY(check_key_use(profile_, algorithm, KeyUse::decapsulate), "check profile");
      TRY_LET(auto material, store.load(*key.record, KeyUse::decapsulate), "load key");
      return make_receiving_key(algorithm, std::move(material));
    }
    return Error(ErrorCode::not_found, "no key of this device has the fingerprint " + to_hex(fingerprint));
  }

  std::filesystem::path folder_;
  anchor::OpenedAnchor anchor_;
  Profile profile_;
  Clock clock_;
  mutable RootWatch watch_;
  std::shared_ptr<keys::TakenNames> names_ = std::make_shared<keys::TakenNames>();
};

}  // namespace

std::unique_ptr<Provider> make_software_provider(std::filesystem::path folder, anchor::OpenedAnchor anchor,
                                                 Clock clock) {
  auto profile = profile_of_device(anchor.file.profile, anchor.file.module);
  return std::make_unique<SoftwareProvider>(std::move(folder), std::move(anchor), std::move(profile), clock);
}

}  // namespace holdfast::trust
