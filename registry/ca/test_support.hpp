// Key vaults in memory, and authorities on them, for tests.
#pragma once

#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"
#include "registry/ca/authority.hpp"
#include "registry/ca/key_vault.hpp"

#include <map>
#include <mutex>
#include <string>

namespace holdfast::ca::test {

/// A vault that forgets everything when it goes, and counts its signatures. RSA keys are the test keys: looking for new
/// ones takes long.
class MemoryVault : public KeyVault {
 public:
  [[nodiscard]] Result<crypto::PublicKey> create(std::string_view name, crypto::KeyAlgorithm algorithm) override {
    const std::lock_guard lock(mutex_);
    if (keys_.contains(name)) return Error(ErrorCode::refused, "the vault has '" + std::string(name) + "' already");
    const auto family = crypto::row_of(algorithm).family;
    if (family == crypto::Family::rsa) {
      return keys_.emplace(name, copy_of(crypto::test::test_key(algorithm))).first->second.key.public_key();
    }
    TRY_LET(auto key, crypto::PrivateKey::generate(algorithm), "make key");
    return keys_.emplace(name, Entry(std::move(key))).first->second.key.public_key();
  }

  [[nodiscard]] Result<crypto::PublicKey> public_key(std::string_view name) override {
    TRY_LET(const Entry* const entry, find(name), "find key");
    return entry->key.public_key();
  }

  [[nodiscard]] Result<Bytes> sign(std::string_view name, ByteView message) override {
    TRY_LET(Entry* const entry, find(name), "find key");
    {
      const std::lock_guard lock(mutex_);
      ++entry->signatures;
    }
    return crypto::sign_message(entry->key, {}, message);
  }

  [[nodiscard]] int signatures_of(std::string_view name) { return find(name).value()->signatures; }
  void forget(std::string_view name) {
    const std::lock_guard lock(mutex_);
    keys_.erase(keys_.find(name));
  }

 private:
  struct Entry {
    explicit Entry(crypto::PrivateKey private_key) : key(std::move(private_key)) {}
    crypto::PrivateKey key;
    int signatures = 0;
  };

  static Entry copy_of(const crypto::PrivateKey& key) {
    return Entry(crypto::PrivateKey::parse_pkcs8(key.to_pkcs8().value(), crypto::PairCheck::none).value());
  }
  Result<Entry*> find(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(name);
    if (found != keys_.end()) return &found->second;
    return Error(ErrorCode::not_found, "the vault has no key '" + std::string(name) + "'");
  }

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> keys_;
};

inline constexpr Timestamp kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::seconds(12'345);
inline const std::string kIdentity = "0188d6b4-9c4f-7c3e-a1b2-6f1e0c9d8e7f";

inline AuthoritySettings settings_with(crypto::KeyAlgorithm algorithm) {
  return {.name = "Example Fleet",
          .organisation = "Example, Inc.",
          .root_algorithm = algorithm,
          .issuing_algorithm = algorithm};
}

inline EndEntity gate_with(crypto::KeyAlgorithm algorithm) {
  return {.names = names_of({.id = kIdentity, .name = "gate 7"}).value(),
          .key = crypto::test::test_key(algorithm).public_key(),
          .now = kNow,
          .validity = std::chrono::days(7)};
}

}  // namespace holdfast::ca::test
