// A module in use: its device, which is opened or made when something needs it.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/trust/create_stateless.hpp"
#include "device/trust/device.hpp"
#include "interfaces/tap/failure.hpp"
#include "interfaces/tap/modules.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace holdfast::tap {

/// Whether a device may be made where there is none. Opening what was sealed never makes one: a lost state folder must
/// not silently become a new device.
enum class Making { allowed, refused };

/// Thread-safe: locks are held to look and to put in place, never while anything is read or computed. Two threads that
/// need the device at the same time both open it, and one of them is done in vain.
class Session {
 public:
  Session(Module module, std::optional<SecretBytes> passphrase)
      : module_(std::move(module)), passphrase_(std::move(passphrase)) {}

  /// The open device. HOLDFAST_TAP_ERR_NO_DEVICE where there is none and none may be made;
  /// HOLDFAST_TAP_ERR_ATTRIBUTE, HOLDFAST_TAP_ERR_DOES_NOT_OPEN, ERR_FILE_* of the credential file, and the rest.
  [[nodiscard]] Answer<std::shared_ptr<trust::Provider>> device(Making making);
  /// The device if it is open already.
  [[nodiscard]] std::shared_ptr<trust::Provider> open_device() const;

  /// The device's key of that algorithm, made where it is not there yet, ready to sign.
  [[nodiscard]] Answer<std::shared_ptr<trust::Key>> key(crypto::KeyAlgorithm algorithm);

  /// What went wrong last, for HOLDFAST_TAP_getErrorText.
  void remember_error(std::string text) noexcept;
  [[nodiscard]] std::string last_error() const;

 private:
  using Opened = Answer<std::unique_ptr<trust::Provider>>;
  [[nodiscard]] Opened derive() const;
  [[nodiscard]] Opened find_or_make(const std::filesystem::path& folder, Making making) const;
  [[nodiscard]] Opened open(const trust::Device& device) const;
  [[nodiscard]] Result<trust::DeviceInfo> make(const std::filesystem::path& folder) const;
  [[nodiscard]] Failed explain(const Error& error) const;
  [[nodiscard]] Failed explain_making(const Error& error, const std::filesystem::path& folder) const;

  Module module_;
  std::optional<SecretBytes> passphrase_;
  mutable std::mutex mutex_;
  std::shared_ptr<trust::Provider> provider_;
  std::string last_error_;
};

/// Where a module's device keeps its state: $HOLDFAST_DIR, else a folder named by the id. ErrorCode::usage where this
/// account has no place of its own.
[[nodiscard]] Result<std::filesystem::path> state_folder_of(const ModuleSettings& module);

/// A line on standard error.
void warn(const std::string& text);

}  // namespace holdfast::tap
