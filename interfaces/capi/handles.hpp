// Internal to this folder: what the opaque handles are.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/trust/device.hpp"
#include "interfaces/capi/edge.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

namespace holdfast::capi {

/// Tells the program how far a long step is. Shared with providers, which outlive the calls that make them.
struct Progress {
  holdfast_progress_function function = nullptr;
  void* user = nullptr;
  void tell(const char* what, std::uint64_t done, std::uint64_t total) const {
    if (function != nullptr) function(user, what, done, total);
  }
};

/// A device, shared by its handle and by those of its keys.
struct DeviceState : Owner {
  // Set before it is opened, by one thread.
  std::optional<std::filesystem::path> folder;
  std::optional<SecretBytes> passphrase;
  holdfast_passphrase_function ask = nullptr;
  void* ask_user = nullptr;
  std::string program_folder;
  std::shared_ptr<Progress> progress = std::make_shared<Progress>();

  std::mutex opening;
  std::atomic<bool> open{false};
  // Never change once `open` is set.
  std::unique_ptr<trust::Provider> provider;
  trust::DriftReport drift;
};

/// Whom a call's error text is kept for: the handle's device. nullptr for NULL.
[[nodiscard]] const Owner* owner_of(const holdfast_device* device);
[[nodiscard]] const Owner* owner_of(const holdfast_key* key);

/// ErrorCode::usage where the handle is NULL, or the device not open.
[[nodiscard]] Result<trust::Provider*> provider_of(const holdfast_device* device);
/// ErrorCode::usage where the handle is NULL.
[[nodiscard]] Result<DeviceState*> state_of(const holdfast_device* device);
[[nodiscard]] Result<const trust::Key*> key_of(const holdfast_key* key);

}  // namespace holdfast::capi

struct holdfast_device {
  std::shared_ptr<holdfast::capi::DeviceState> state;
};

struct holdfast_key {
  std::shared_ptr<holdfast::capi::DeviceState> state;  // keeps the provider
  std::unique_ptr<holdfast::trust::Key> key;
};
