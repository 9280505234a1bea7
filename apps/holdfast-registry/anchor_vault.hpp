// The authority's and the log's keys, kept by a Holdfast anchor.
#pragma once

#include "device/trust/provider.hpp"
#include "registry/ca/key_vault.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace holdfast::registry_app {

/// Keys are opened once and stay open. Borrows the provider.
class AnchorVault : public ca::KeyVault {
 public:
  explicit AnchorVault(trust::Provider& provider) : provider_(provider) {}

  [[nodiscard]] Result<crypto::PublicKey> create(std::string_view name, crypto::KeyAlgorithm algorithm) override;
  [[nodiscard]] Result<crypto::PublicKey> public_key(std::string_view name) override;
  [[nodiscard]] Result<Bytes> sign(std::string_view name, ByteView message) override;

 private:
  [[nodiscard]] Result<const trust::Key*> open(std::string_view name);

  trust::Provider& provider_;
  std::mutex opening_;
  std::map<std::string, std::unique_ptr<trust::Key>, std::less<>> open_;
};

}  // namespace holdfast::registry_app
