// Reading noisy physical sources (PUFs), which credential files name.
#pragma once

#include "core/result.hpp"
#include "device/fingerprint/credential.hpp"
#include "device/fingerprint/credential_file.hpp"

#include <cstddef>
#include <vector>

namespace holdfast::fingerprint {

/// The largest reading of a noisy source, in bytes.
inline constexpr std::size_t kMaxNoisyReading = std::size_t{1} << 20;

/// What begins `NoisyReading::source`.
inline constexpr std::string_view kNoisyFile = "puf:file:";
inline constexpr std::string_view kNoisyProgram = "puf:program:";

/// One reading of each noisy source that `file` names, raw bytes as they come. A program runs once, under the rules for
/// all programs, and a file is a regular one; what cannot be read is part of the result, with its reason.
/// ErrorCode::refused, and no program is run, where one does not lie below the program folder.
[[nodiscard]] Result<std::vector<NoisyReading>> read_noisy(const CredentialFile& file,
                                                           const CredentialContext& context);

}  // namespace holdfast::fingerprint
