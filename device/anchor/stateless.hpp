// Stateless mode, for devices without writable storage: the root is derived anew at each start from attributes that
// must all be there, and nothing secret is stored. Only by explicit configuration.
#pragma once

#include "device/anchor/assurance.hpp"
#include "device/anchor/create.hpp"
#include "device/anchor/state_folder.hpp"
#include "device/anchor/stateless_file.hpp"

#include <functional>
#include <string>
#include <vector>

namespace holdfast::anchor {

struct StatelessRequest {
  const fingerprint::Fingerprint* fingerprint = nullptr;  ///< borrowed for the call
  std::vector<std::string> attributes;                    ///< names; empty for all that an anchor would count
  /// With Participants::named exactly what is required takes part: there is no quorum that could do without the rest.
  fingerprint::Participants participants = fingerprint::Participants::machine;
  Bytes device_salt;  ///< kMinDeviceSalt to kMaxDeviceSalt bytes; empty for none
  LowEntropy low_entropy = LowEntropy::refused;
  std::string sysroot = "/";
  std::string credential_file;  ///< absolute; empty for none
  std::string profile;          ///< name of the security profile; not empty
  /// Reads this machine's attributes once more. They must give the same root. Empty where nothing is to be stored, so
  /// that the next start compares with nothing either.
  std::function<Result<fingerprint::Fingerprint>()> read_again;
};

/// A configuration whose root has been derived, and which has been verified under it.
struct OpenedStateless {
  StatelessConfig config;
  Roots roots;  ///< one, of kStatelessEpoch
};

/// Chooses the attributes and derives the root; takes two Argon2id calls with the strong preset. Nothing is written.
/// Errors: ErrorCode::refused below the entropy floor, unless that is accepted, and for an attribute that reads
/// differently the second time; ErrorCode::usage for a device salt of another size; as plan_quorum for the rest.
[[nodiscard]] Result<OpenedStateless> make_stateless(const StatelessRequest& request);

/// Writes the configuration into a folder that has neither an anchor nor a configuration (ErrorCode::refused).
/// One writer at a time (FolderLock).
[[nodiscard]] Result<void> store_stateless(const StateFolder& folder, const OpenedStateless& made);

/// Derives the root from what the machine has now. ErrorCode::does_not_open where an attribute is not present or has
/// another value, before any key is derived; ErrorCode::malformed where the file was altered. Thread-safe.
[[nodiscard]] Result<OpenedStateless> open_stateless(const UnverifiedStatelessConfig& file,
                                                     const fingerprint::Fingerprint& fingerprint);

/// How much it is worth, and why.
[[nodiscard]] Assurance assess(const StatelessConfig& config);

}  // namespace holdfast::anchor
