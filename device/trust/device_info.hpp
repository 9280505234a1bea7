// What can be told about a device whose secrets stay closed.
#pragma once

#include "core/clock.hpp"
#include "crypto/module.hpp"
#include "device/anchor/assurance.hpp"
#include "device/anchor/event_check.hpp"
#include "device/anchor/event_log.hpp"
#include "device/anchor/origin.hpp"
#include "device/anchor/remembered.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::trust {

using anchor::Assurance;
using anchor::CloneSign;
using anchor::CloneSignKind;
using anchor::Drift;
using anchor::DriftKind;
using anchor::DriftReport;
using anchor::Event;
using anchor::EventCheck;
using anchor::EventProblem;
using anchor::EventProblemKind;
using fingerprint::AttributeClass;
using fingerprint::Tier;

/// An attribute by which a device is opened: what it is, and never its value.
struct FactorInfo {
  std::string name;
  std::string source;
  AttributeClass attribute_class = AttributeClass::declared;
  unsigned bits = 0;
};

/// By which attributes a device opens: any `quorum` of `counted`, all of `required`, and the passphrase.
struct QuorumInfo {
  unsigned quorum = 0;
  std::vector<FactorInfo> counted;
  std::vector<FactorInfo> required;
  bool needs_passphrase = false;
};

/// One who holds a share of an escrow.
struct OfficerInfo {
  std::string subject;  ///< of the certificate, safe to show
  Bytes fingerprint;    ///< SHA-256 of the certificate
  Timestamp expires;    ///< the certificate; its key opens the share afterwards as well
  std::string share;    ///< encrypted to the certificate, as a file; not secret
};

/// The shares of any `threshold` officers open a device.
struct EscrowInfo {
  std::string id;  ///< hex
  std::string name;
  Timestamp made;
  unsigned threshold = 0;
  std::vector<OfficerInfo> officers;  ///< in the order of their shares
};

/// A noisy physical source (PUF) by which a device opens.
struct NoisyInfo {
  std::string name;
  std::string source;
  std::string code;       ///< "rep19-golay23, on all cells"
  bool physical = false;  ///< its operator says that it is read from hardware
  bool alone = false;     ///< it opens the device by itself; else it is required beside the other factors
};

/// What is special about a device that stores nothing.
struct StatelessInfo {
  std::string check;             ///< hex: which root is the right one
  bool has_device_salt = false;  ///< the maker's value for this device alone
};

/// The group whose members use a device beside the state folder's owner.
struct SharingInfo {
  std::string group;       ///< its name, or its number where it has none
  bool may_write = false;  ///< they also make and change keys
};

/// What a device's state says about itself. Nothing has authenticated it before the device has been opened.
struct DeviceInfo {
  std::filesystem::path folder;            ///< absolute
  std::optional<SharingInfo> shared_with;  ///< none where the folder is its owner's alone
  std::string id;
  std::optional<Timestamp> created;  ///< nullopt where nothing remembers it
  std::string made_by;
  std::uint64_t generation = 1;  ///< 0 of a stateless device
  std::uint32_t epoch = 1;       ///< 0 of a stateless device
  std::string platform;
  std::string sysroot;                               ///< where attributes are read, "/" but in rehearsals
  std::string profile;                               ///< its name, also where it is the usual one
  std::string profile_description;                   ///< empty where there is a problem with it
  std::string profile_problem;                       ///< why it cannot be used here; empty where it can
  crypto::Module module = crypto::Module::standard;  ///< what computes everything of this device
  bool low_entropy_accepted = false;
  /// How it can be opened: "fingerprint", "recovery", "escrow", "puf", "stateless".
  std::vector<std::string_view> ways;
  std::optional<QuorumInfo> quorum;        ///< where it opens with attributes
  std::optional<EscrowInfo> escrow;        ///< where officers can open it together
  std::optional<NoisyInfo> noisy;          ///< where it opens with a noisy source
  std::optional<StatelessInfo> stateless;  ///< where it derives its root anew each time
  Assurance assurance;
};

/// How many counted attributes can no longer be used as they were: changed, vanished or unreadable.
[[nodiscard]] unsigned count_lost(const DriftReport& report);

}  // namespace holdfast::trust
