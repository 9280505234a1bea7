#include "device/trust/stateless_provider.hpp"

#include <utility>

#include "crypto/random.hpp"
#include "device/keys/derive.hpp"
#include "device/keys/key_choices.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/software_key.hpp"
#include "device/trust/stateless_key_name.hpp"

namespace holdfast::trust {
namespace {

Error refused(const std::string& what, const std::string& instead) {
  return {ErrorCode::refused, "a stateless device keeps nothing, and so " + what + "; " + instead};
}

constexpr const char* kNeedsAnchor = "what needs that needs an anchor ('holdfast init' in another folder)";

// A key in memory, and what can be told about it.
struct Derived {
  KeyInfo info;
  keys::KeyMaterial material;
};

class StatelessProvider : public Provider {
 public:
  StatelessProvider(anchor::OpenedStateless device, Profile profile, BeginSearch progress, Clock clock)
      : device_(std::move(device)), profile_(std::move(profile)), progress_(std::move(progress)), clock_(clock) {}

  [[nodiscard]] ProviderInfo info() const override {
    using enum Capability;
    return {
        "stateless", device_.roots.anchor().hex(), {seal_data, derived_keys, ephemeral_keys, deterministic_signatures}};
  }

  [[nodiscard]] const Profile& profile() const override { return profile_; }

  [[nodiscard]] Result<KeyInfo> create_key(const KeyRequest&) override {
    return refused("makes no keys", stateless_naming_rule());
  }
  [[nodiscard]] Result<KeyInfo> import_key(KeyImport) override { return refused("takes no keys in", kNeedsAnchor); }
  [[nodiscard]] Result<KeyInfo> rotate_key(const KeyName&, const std::function<void()>&) override {
    return refused("cannot follow one key by another", "choose a new name, such as ed25519.device-2");
  }
  [[nodiscard]] Result<std::vector<KeyInfo>> set_key_state(const KeySelection&, KeyState) override {
    return refused("cannot remember that a key is disabled or destroyed",
                   "tell those who believe its public key instead");
  }
  [[nodiscard]] Result<void> give_up_key(const KeyId&) override {
    return refused("keeps no key that could be given up", "tell those who believe its public key instead");
  }
  [[nodiscard]] Result<std::vector<ListedKey>> list_keys() const override { return std::vector<ListedKey>(); }

  [[nodiscard]] Result<KeyInfo> find_key(const KeySelection& key) const override {
    const auto scope = enter();
    TRY_LET(const auto name, parse_stateless_key(key), "read key name");
    TRY_LET(auto derived, derive(name), "derive key");
    return std::move(derived.info);
  }

  [[nodiscard]] Result<std::unique_ptr<Key>> open_key(const KeySelection& key, KeyUse use) const override {
    const auto scope = enter();
    TRY_LET(auto derived, derive_for(key, use), "derive key");
    return make_software_key(std::move(derived.info), std::move(derived.material), use, profile_);
  }

  [[nodiscard]] Result<std::unique_ptr<Key>> create_ephemeral_key(crypto::KeyAlgorithm algorithm,
                                                                  KeyUse use) const override {
    const auto scope = enter();
    return make_ephemeral_key(algorithm, use, profile_, clock_());
  }

  [[nodiscard]] Result<void> store_certificate(const KeySelection&, const crypto::CertificateChain&) override {
    return refused("keeps no certificates", "keep the file yourself");
  }
  [[nodiscard]] Result<crypto::CertificateChain> load_certificate(const KeySelection&) const override {
    return refused("keeps no certificates", "the file is wherever its owner keeps it");
  }

  [[nodiscard]] Result<seal::StreamStats> seal(const seal::SealOptions& options,
                                               const seal::Ends& ends) const override {
    const auto scope = enter();
    TRY(check_suite(profile_, options.suite), "check profile");
    return seal::seal_stream(device_.roots.newest(), options, ends);
  }

  [[nodiscard]] Result<seal::StreamStats> unseal(const seal::UnsealOptions& options,
                                                 const seal::Ends& ends) const override {
    const auto scope = enter();
    return seal::unseal_stream(device_.roots, options, ends);
  }

  [[nodiscard]] Result<seal::StreamStats> reseal(const seal::UnsealOptions&, const seal::Ends&) const override {
    return refused("has one root for ever", "what it sealed stays as it is");
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
    return seal::seal_into(device_.roots.newest(), options, plaintext, output);
  }
  [[nodiscard]] Result<std::size_t> unseal_into(const seal::UnsealOptions& options, ByteView sealed,
                                                MutableByteView output) const override {
    const auto scope = enter();
    return seal::unseal_into(device_.roots, options, sealed, output);
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

  [[nodiscard]] Result<std::uint64_t> read_counter() const override { return no_counter(); }
  [[nodiscard]] Result<std::uint64_t> increment_counter() override { return no_counter(); }

  [[nodiscard]] Result<Attestation> attest(const KeySelection&, ByteView) const override {
    return refused("attests nothing, for want of a counter and a generation", kNeedsAnchor);
  }

 private:
  // Whatever the caller's thread is in, such as another device's module: its root is Argon2id's.
  static crypto::ModuleScope enter() { return crypto::ModuleScope(crypto::Module::standard); }

  static Error no_counter() { return refused("has no counter", kNeedsAnchor); }

  [[nodiscard]] Result<Derived> derive(const StatelessKeyName& name) const {
    const auto& root = device_.roots.newest();
    TRY_LET(const auto uses, keys::choose_uses(name.algorithm, {}), "choose uses");
    const bool searches = progress_ && !keys::is_derived_at_once(name.algorithm);
    const auto pulse = searches ? progress_() : nullptr;
    TRY_LET(auto material, keys::derive_material(root, name.id, name.algorithm, pulse), "derive key");
    TRY_LET(auto half, keys::public_half_of(name.algorithm, material), "describe key");
    return Derived{{.id = name.id,
                    .algorithm = name.algorithm,
                    .uses = uses,
                    .origin = KeyOrigin::derived,
                    .state = KeyState::active,
                    .created = std::nullopt,
                    .half = std::move(half),
                    .root_epoch = root.epoch().number},
                   std::move(material)};
  }

  // Opening is where other devices make a key, and so the profile's rules for new ones hold here.
  [[nodiscard]] Result<Derived> derive_for(const KeySelection& key, KeyUse use) const {
    TRY_LET(const auto name, parse_stateless_key(key), "read key name");
    TRY_LET(const auto uses, keys::choose_uses(name.algorithm, {}), "choose uses");
    TRY(profile_.problem.empty() ? check_new_key(profile_, name.algorithm, KeyOrigin::derived, uses)
                                 : check_key_use(profile_, name.algorithm, use),
        "check profile");
    if (!uses.contains(use)) {
      return Error(ErrorCode::refused, "key '" + key.name.text() + "' must not be used to " +
                                           std::string(name_of(use)) +
                                           ": keys of a stateless device are for what their algorithm is usually for");
    }
    return derive(name);
  }

  // Borrows this object.
  [[nodiscard]] Result<seal::FindReceivingKey> finder_for(const seal::DecryptOptions& options) const {
    if (!options.key) {
      return Error(ErrorCode::usage,
                   "a stateless device keeps no list of its keys; name the one to which the file was encrypted, such "
                   "as --key x25519-ml-kem-768.inbox");
    }
    TRY_LET(const auto key, KeySelection::parse(*options.key), "read key name");
    // Here, since a key that is not found there only means that the file is for another one.
    TRY(parse_stateless_key(key), "read key name");
    return [this, key](ByteView, crypto::KeyAlgorithm) { return receiving_key(key); };
  }

  // Whoever opens the file compares its recipient.
  [[nodiscard]] Result<crypto::ReceivingKey> receiving_key(const KeySelection& key) const {
    TRY_LET(auto derived, derive_for(key, KeyUse::decapsulate), "derive key");
    return make_receiving_key(derived.info.algorithm, std::move(derived.material));
  }

  anchor::OpenedStateless device_;
  Profile profile_;
  BeginSearch progress_;
  Clock clock_;
};

}  // namespace

std::unique_ptr<Provider> make_stateless_provider(anchor::OpenedStateless device, BeginSearch progress, Clock clock) {
  auto profile = profile_of_device(device.config.profile, crypto::Module::standard);
  return std::make_unique<StatelessProvider>(std::move(device), std::move(profile), std::move(progress), clock);
}

}  // namespace holdfast::trust
