// From what a credential file says to attributes with values.
#pragma once

#include "core/result.hpp"
#include "device/fingerprint/credential_file.hpp"
#include "device/fingerprint/sources.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::fingerprint {

struct CredentialContext {
  std::filesystem::path sysroot = "/";
  std::string file_name;  ///< of the credential file, for errors
  PlatformKind platform = PlatformKind::bare_metal;
  /// Below which programs must lie; empty for any that is trusted.
  std::filesystem::path program_folder = {};  // NOLINT(readability-redundant-member-init): may be left out
};

/// ErrorCode::refused where a program that `file` names does not lie below the program folder.
[[nodiscard]] Result<void> check_program_folder(const CredentialFile& file, const CredentialContext& context);

/// Reads the values that `file` names, but for noisy sources (read_noisy). An entry that names a native source takes
/// that attribute over from `natives`. Programs run once for each path and argument. Errors: a name that belongs to a
/// native attribute of another source (malformed); a program that does not lie below the program folder (refused, and
/// no program is run).
[[nodiscard]] Result<std::vector<Attribute>> read_credentials(const CredentialFile& file,
                                                              const CredentialContext& context,
                                                              std::vector<Native>& natives);

}  // namespace holdfast::fingerprint
