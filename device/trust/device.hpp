// A device in its state folder: finding it, opening it, and what can be told about it. What commands and libraries
// begin with; nothing below this folder needs to be known to use a device.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/trust/device_info.hpp"
#include "device/trust/provider.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::trust {

/// How far a long step is: `done` of at most `total`. Called from any thread, one at a time.
using StepProgress = std::function<void(unsigned done, unsigned total)>;

/// Which time a person is asked for the same passphrase.
enum class Asking { first, once_more };

/// Where a device's passphrase comes from, in normal form (core/text.hpp). An error from either ends the opening and
/// is passed on as it is. Called in the thread that opens.
struct PassphraseSource {
  /// What was given beforehand. Called at most once. Empty where nothing was given.
  std::function<Result<SecretBytes>()> given;
  /// Asks a person, where a passphrase is needed and none was given; once more where the first one opens nothing,
  /// since a typing error is likelier than that a machine has changed. Empty where nobody can be asked.
  std::function<Result<SecretBytes>(Asking)> ask;
};

/// Called when a search for RSA primes begins that nobody asked for, which takes seconds. The result is called now and
/// then until the search ends, and is let go then; it may be empty. Both are called in the thread that uses the key.
using BeginSearch = std::function<std::function<void()>()>;

struct OpenOptions {
  PassphraseSource passphrase;
  StepProgress progress;
  /// Kept by the provider, and so must not borrow what goes before that does.
  BeginSearch search = nullptr;
  /// Read in place of the credential file that the device was made with, which may have moved; absolute. Empty for
  /// none.
  std::string credential_file = {};  // NOLINT(readability-redundant-member-init): may be left out
  /// Programs that the device's credential file names must lie below this folder, or the device is not opened
  /// (ErrorCode::refused) and none is run; empty for any that is trusted. Made absolute.
  std::string program_folder = {};  // NOLINT(readability-redundant-member-init): may be left out
  /// Where this account remembers how far anchors had come (usual_mark_folder), so that an older copy put back is
  /// refused. Empty for the usual place.
  std::filesystem::path mark_folder = {};  // NOLINT(readability-redundant-member-init): may be left out
};

/// An open device.
struct OpenedDevice {
  std::unique_ptr<Provider> provider;
  std::optional<DriftReport> drift;  ///< since the device was made; where its attributes opened it
};

/// What trying to open a device showed.
struct Trial {
  enum class Outcome { opens, passphrase_needed, does_not_open } outcome = Outcome::does_not_open;
  std::string why_not;  ///< where it does not open
  DriftReport drift;    ///< where it opens
  /// Why the device's noisy source cannot be read; empty where it can. Where it has one and was tried.
  std::optional<std::string> noisy_problem;
  std::vector<CloneSign> clone_signs;  ///< where it opens: what speaks for a copied folder, machine or image
  std::unique_ptr<Provider> provider;  ///< where it opens: what its keys are used through
};

/// A device as its state folder had it when it was found. It does not change, and may be used in several threads.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  [[nodiscard]] virtual const DeviceInfo& info() const = 0;

  /// Opens it with this machine's attributes, and its passphrase where it has one. ErrorCode::does_not_open for a
  /// wrong machine, a missing quorum and a wrong passphrase alike; ErrorCode::malformed where its state was altered.
  [[nodiscard]] virtual Result<OpenedDevice> open(const OpenOptions& options) const = 0;
  /// Opens it with the recovery code as it was typed. ErrorCode::wrong_passphrase where it is another one;
  /// ErrorCode::not_found where the device has none.
  [[nodiscard]] virtual Result<OpenedDevice> open_with_recovery_code(const SecretBytes& code) const = 0;
  /// Whether it opens here and now. Asks nobody: without a needed passphrase nothing is tried. That it does not open
  /// is an outcome, and so is that the attributes cannot be read; other failures are errors.
  [[nodiscard]] virtual Result<Trial> try_to_open(const OpenOptions& options) const = 0;

  /// The attributes that cannot be read here, where it cannot open for want of them, whatever the others are; else
  /// none. A program that is told "it does not open" learns from this whether to look at its permissions or at the
  /// machine.
  [[nodiscard]] virtual Result<std::vector<std::string>> find_missing_attributes(const OpenOptions& options) const = 0;

  /// What happened to it, oldest first; nothing where it keeps no log (info().stateless). ErrorCode::malformed names
  /// the line where the log was altered; that the log is this device's own is only as sure as its state, until the
  /// device has been opened.
  [[nodiscard]] virtual Result<std::vector<Event>> load_events() const = 0;
  /// What is wrong with the log; nothing where it keeps none. Until the device has been opened, whoever can write its
  /// state can also make a log without faults.
  [[nodiscard]] virtual Result<EventCheck> check_events() const = 0;
};

/// Where a device's state is unless somebody says otherwise: $HOLDFAST_DIR, else /var/lib/holdfast for root, else
/// $XDG_DATA_HOME/holdfast (by default ~/.local/share/holdfast). ErrorCode::usage where there is no home folder. Reads
/// the environment, which no other thread may change meanwhile.
[[nodiscard]] Result<std::filesystem::path> usual_device_folder();

/// Where generations of anchors are remembered, apart from their state folders: $HOLDFAST_MARKS, else
/// /var/lib/holdfast-marks for root, else $XDG_STATE_HOME/holdfast-marks (by default ~/.local/state/holdfast-marks).
/// Empty where there is no home folder. Reads the environment, as above.
[[nodiscard]] std::filesystem::path usual_mark_folder();

/// Why this account does not remember the generation of a device, which it has opened, in the usual place, and so would
/// not notice an older copy put back; or why others could make it forget. Nothing where all is well.
[[nodiscard]] std::optional<std::string> find_mark_problem(const DeviceInfo& device);

/// The state folder in its absolute spelling, when it can be used: it has a device, belongs to this account or to root,
/// and is closed to others. ErrorCode::not_found or ErrorCode::refused, saying what to do, otherwise.
[[nodiscard]] Result<std::filesystem::path> check_device_folder(const std::filesystem::path& folder);

/// The device in a state folder, which is checked first. ErrorCode::malformed where its state is damaged.
[[nodiscard]] Result<std::unique_ptr<Device>> find_device(const std::filesystem::path& folder);

}  // namespace holdfast::trust
