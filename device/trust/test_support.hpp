// What the tests of providers share: the kinds there are, devices that have one, and trying out keys.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/data_key.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/receiving_key.hpp"
#include "crypto/test_support.hpp"
#include "device/anchor/test_support.hpp"
#include "device/fingerprint/collect.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/software_provider.hpp"
#include "device/trust/stateless_provider.hpp"

namespace holdfast::trust::test {

using crypto::KeyAlgorithm;
using crypto::test::failed;
using crypto::test::revealed;
using crypto::test::succeeded;
using holdfast::test::TemporaryFolder;

/// A device with a provider, and a place of its own where that keeps its state.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  /// The provider, as a process that starts now has it.
  [[nodiscard]] virtual std::unique_ptr<Provider> open(std::string_view profile = kDefaultProfile) const = 0;

  /// A key of that algorithm for its usual uses, made where the provider makes keys.
  [[nodiscard]] virtual KeySelection key_of(Provider& provider, KeyAlgorithm algorithm) const {
    const auto name = KeyName::parse(crypto::row_of(algorithm).name).value();
    EXPECT_TRUE(succeeded(provider.create_key({.name = name, .algorithm = algorithm})));
    return {name};
  }
};

/// Makes an anchor on one of the fixture machines, and opens it.
inline anchor::OpenedAnchor new_anchor() {
  using anchor::test::must;
  const fingerprint::CollectOptions options{
      .sysroot = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines/x86-server",
      .credential_file = {}};
  const TemporaryFolder temporary;
  const auto machine = must(fingerprint::collect(options));
  anchor::CreateRequest request;
  request.fingerprint = &machine;
  request.plan = must(fingerprint::plan_quorum(machine, {}));
  request.made_by = "test";
  request.read_again = [&options] { return fingerprint::collect(options); };
  const auto folder = must(anchor::StateFolder::create(temporary / "state"));
  must(anchor::create_anchor(folder, request));
  return must(
      anchor::open_with_fingerprint(must(folder.load_anchor()), {&machine, nullptr}, anchor::Search::first_subset));
}

/// A copy, as opening it once more would give: that takes a while.
inline anchor::OpenedAnchor open_again(const anchor::OpenedAnchor& anchor) {
  const auto& root = anchor.roots.newest();
  return {anchor.file,
          anchor::Roots({root.anchor(), root.epoch(), SecretBytes::copy_of(root.secret().expose(SecretAccess{}))})};
}

/// Where the software provider works. All have one anchor, and each its own folder.
class SoftwareDevice : public Device {
 public:
  [[nodiscard]] std::unique_ptr<Provider> open(std::string_view profile = kDefaultProfile) const override {
    static const auto kAnchor = new_anchor();
    return open_as(kAnchor, profile);
  }
  [[nodiscard]] std::unique_ptr<Provider> open_as(const anchor::OpenedAnchor& anchor,
                                                  std::string_view profile = kDefaultProfile) const {
    auto opened = open_again(anchor);
    opened.file.profile = profile;
    return make_software_provider(state(), std::move(opened));
  }
  [[nodiscard]] const std::filesystem::path& state() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// A stateless configuration of one of the fixture machines, whose root has been derived.
inline anchor::OpenedStateless new_stateless() {
  const fingerprint::CollectOptions options{
      .sysroot = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines/x86-server",
      .credential_file = {}};
  const auto machine = anchor::test::must(fingerprint::collect(options));
  anchor::StatelessRequest request;
  request.fingerprint = &machine;
  request.profile = kDefaultProfile;
  request.read_again = [&options] { return fingerprint::collect(options); };
  return anchor::test::must(anchor::make_stateless(request));
}

/// Where the stateless provider works: nowhere. All have one root.
class StatelessDevice : public Device {
 public:
  [[nodiscard]] std::unique_ptr<Provider> open(std::string_view profile = kDefaultProfile) const override {
    static const auto kDevice = new_stateless();
    const auto& root = kDevice.roots.newest();
    anchor::OpenedStateless opened{
        kDevice.config,
        anchor::Roots({root.anchor(), root.epoch(), SecretBytes::copy_of(root.secret().expose(SecretAccess{}))})};
    opened.config.profile = profile;
    return make_stateless_provider(std::move(opened));
  }
  [[nodiscard]] KeySelection key_of(Provider&, KeyAlgorithm algorithm) const override {
    return {KeyName::parse(std::string(crypto::row_of(algorithm).name) + ".test").value()};
  }
};

/// What stands behind the interface.
struct ProviderKind {
  std::string_view name;
  std::unique_ptr<Device> (*make)();
};

inline constexpr ProviderKind kSoftware{"software",
                                        []() -> std::unique_ptr<Device> { return std::make_unique<SoftwareDevice>(); }};
inline constexpr ProviderKind kStateless{
    "stateless", []() -> std::unique_ptr<Device> { return std::make_unique<StatelessDevice>(); }};
/// Those that keep what they are given, and those that there are.
inline constexpr std::array kProviderKinds{kSoftware};
inline constexpr std::array kAllProviderKinds{kSoftware, kStateless};

inline void PrintTo(const ProviderKind& kind, std::ostream* to) { *to << kind.name; }
inline std::string kind_name(const testing::TestParamInfo<ProviderKind>& info) { return std::string(info.param.name); }

/// A new device of each kind, with the usual profile.
class ProviderTest : public testing::TestWithParam<ProviderKind> {
 protected:
  [[nodiscard]] Provider& provider() const { return *provider_; }
  [[nodiscard]] const Device& device() const { return *device_; }

 private:
  std::unique_ptr<Device> device_ = GetParam().make();
  std::unique_ptr<Provider> provider_ = device_->open();
};

inline KeyName name(std::string_view text) { return KeyName::parse(text).value(); }
/// "NAME" or "NAME@VERSION".
inline KeySelection key(std::string_view text) { return KeySelection::parse(text).value(); }

inline keys::KeyMaterial new_material(KeyAlgorithm algorithm) { return keys::generate_material(algorithm).value(); }

inline Result<crypto::PublicKey> public_key_of(const KeyInfo& info) {
  TRY_LET(const auto pem, public_pem_of(info), "write public key");
  return crypto::PublicKey::parse(as_bytes(pem));
}

inline Result<crypto::ReceivingPublicKey> receiving_key_of(const KeyInfo& info) {
  TRY_LET(const auto pem, public_pem_of(info), "write public key");
  return crypto::ReceivingPublicKey::parse(as_bytes(pem));
}

/// Whether a signature of the key verifies with what everybody can know.
inline Result<bool> signs(const Key& key, const crypto::SignatureScheme& scheme = {},
                          crypto::Randomness randomness = crypto::Randomness::hedged) {
  const auto message = as_bytes("message");
  TRY_LET(const auto signature, key.sign(scheme, randomness, read_from(message)), "sign");
  TRY_LET(const auto public_key, public_key_of(key.info()), "read public key");
  TRY_LET(const auto verdict, crypto::verify_message(public_key, scheme, message, signature), "verify");
  return verdict == crypto::Verdict::valid;
}

inline Result<bool> encrypts(const Key& key) {
  TRY_LET(const auto once, key.encrypt_data({}, as_bytes("message")), "encrypt");
  TRY_LET(const auto twice, key.encrypt_data({}, as_bytes("message")), "encrypt");
  return once.size() == crypto::kDataOverhead + 7 && once != twice;
}

inline Result<bool> decrypts(const Key& key, const crypto::OaepScheme& scheme = {}) {
  if (key.info().algorithm == KeyAlgorithm::aes_256) {
    // Nobody else has the key; at least it tells its own messages from others.
    const auto opened = key.decrypt_data({}, Bytes(crypto::kDataOverhead + 7));
    return !opened.ok() && opened.error().code() == ErrorCode::malformed;
  }
  const Bytes plaintext(32, 9);
  TRY_LET(const auto public_key, public_key_of(key.info()), "read public key");
  TRY_LET(const auto sent, crypto::oaep_encrypt(public_key, scheme, SecretBytes::copy_of(plaintext)), "encrypt");
  TRY_LET(const auto received, key.decrypt(scheme, sent), "decrypt");
  return revealed(received) == plaintext;
}

inline Result<bool> agrees(const Key& key) {
  TRY_LET(const auto peer, crypto::PrivateKey::generate(key.info().algorithm), "make peer");
  TRY_LET(const auto public_key, public_key_of(key.info()), "read public key");
  TRY_LET(const auto ours, key.agree(peer.public_key()), "agree");
  TRY_LET(const auto theirs, crypto::agree(peer, public_key), "agree");
  return revealed(ours) == revealed(theirs);
}

inline Result<bool> receives(const Key& key) {
  TRY_LET(const auto public_key, receiving_key_of(key.info()), "read public key");
  TRY_LET(const auto sent, public_key.encapsulate(), "encapsulate");
  TRY_LET(const auto received, key.decapsulate(sent.ciphertext), "decapsulate");
  return revealed(received) == revealed(sent.shared);
}

inline Result<bool> try_out(const Key& key, KeyUse use) {
  switch (use) {
    case KeyUse::sign: return signs(key);
    case KeyUse::encrypt: return encrypts(key);
    case KeyUse::decrypt: return decrypts(key);
    case KeyUse::derive: return agrees(key);
    case KeyUse::decapsulate: return receives(key);
  }
  return false;
}

inline testing::AssertionResult right(const Result<bool>& tried) {
  if (!tried.ok()) return succeeded(tried);
  return *tried ? testing::AssertionSuccess() : testing::AssertionFailure() << "the key gives something else";
}

/// Opens the key for a use, and does with it what that stands for.
inline testing::AssertionResult works(const Provider& provider, const KeySelection& selection, KeyUse use) {
  const auto opened = provider.open_key(selection, use);
  if (!opened.ok()) return succeeded(opened);
  return right(try_out(**opened, use));
}

}  // namespace holdfast::trust::test
