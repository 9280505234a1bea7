// What the tests of this folder share: roots that are the same on every run, a state folder, records and files.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_seal.hpp"
#include "device/keys/key_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::keys::test {

using crypto::test::failed;
using crypto::test::succeeded;
using holdfast::test::TemporaryFolder;

inline const std::filesystem::path kVectors = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/vectors/keys";

inline anchor::AnchorId anchor_id(std::uint8_t first) {
  anchor::AnchorId id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

inline SecretBytes root_secret(std::uint8_t first) {
  Bytes bytes(anchor::kRootSize);
  for (auto& byte : bytes) byte = first++;
  return SecretBytes::copy_of(bytes);
}

/// The anchor of tests/vectors/keys; others by other first bytes.
inline anchor::Root root(std::uint8_t id = 0x00, std::uint8_t secret = 0x40, std::uint32_t epoch = 1) {
  return {anchor_id(id), {epoch}, root_secret(secret)};
}

inline const anchor::Roots& roots() {
  static const anchor::Roots kRoots{root()};
  return kRoots;
}

inline Timestamp test_clock() { return Timestamp(std::chrono::seconds(1'800'000'000)); }

inline KeyName name(std::string_view text) { return KeyName::parse(text).value(); }
inline KeyId key_id(std::string_view text) { return KeyId::parse(text).value(); }

/// A state folder and the store in it.
class TemporaryStore {
 public:
  explicit TemporaryStore(const anchor::Roots& of = roots()) : store_(KeyStore::open(folder_.path(), of).value()) {}

  const KeyStore* operator->() const { return &store_; }
  [[nodiscard]] const KeyStore& operator*() const { return store_; }
  [[nodiscard]] const std::filesystem::path& state() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path file(const std::string& file_name) const { return state() / "keys" / file_name; }

  Result<KeyRecord> create(std::string_view key, crypto::KeyAlgorithm algorithm,
                           std::optional<KeyOrigin> origin = std::nullopt) const {
    return store_.create({.name = name(key), .algorithm = algorithm, .origin = origin}, test_clock);
  }
  /// Puts bytes into the key folder as somebody else would.
  void plant(const std::string& file_name, ByteView bytes) const {
    std::filesystem::create_directories(state() / "keys");
    const auto folder = KeyFolder::open(state());
    const auto before = folder->stamp();
    crypto::test::write(file(file_name), bytes);
    // Somebody else would hardly come within one tick of the kernel's clock.
    while (*folder->stamp() == *before) {
      std::filesystem::permissions(state() / "keys", std::filesystem::perms::owner_all);
    }
  }

 private:
  TemporaryFolder folder_;
  KeyStore store_;
};

/// What create would record for a key under `of`.
inline KeyRecord record_for(const crypto::PrivateKey& key, std::string_view id, KeyOrigin origin,
                            const anchor::Root& of) {
  return {.id = key_id(id),
          .algorithm = key.algorithm(),
          .uses = {KeyUse::sign},
          .origin = origin,
          .anchor = of.anchor(),
          .epoch = of.epoch(),
          .created = test_clock(),
          .state = KeyState::active,
          .half = {.public_key = key.public_key().to_der().value(),
                   .public_sha256 = key.public_key().fingerprint().value(),
                   .key_check = {}}};
}

inline std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

/// The key pair of a record, to sign with.
inline Result<crypto::PrivateKey> load_pair(const KeyStore& store, const KeyRecord& record) {
  TRY_LET(auto material, store.load(record, KeyUse::sign), "load key");
  return std::get<crypto::PrivateKey>(std::move(material));
}

/// Whether the loaded private key signs for the record's public key.
inline testing::AssertionResult signs_for(const KeyStore& store, const KeyRecord& record) {
  const auto key = load_pair(store, record);
  if (!key.ok()) return succeeded(key);
  const auto public_key = public_key_of(record);
  if (!public_key.ok()) return succeeded(public_key);
  const auto signature = crypto::sign_message(*key, {}, as_bytes("message"));
  if (!signature.ok()) return succeeded(signature);
  const auto verdict = crypto::verify_message(*public_key, {}, as_bytes("message"), *signature);
  if (!verdict.ok()) return succeeded(verdict);
  if (*verdict == crypto::Verdict::valid) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "the signature of " << record.id.text() << " is not valid";
}

}  // namespace holdfast::keys::test
