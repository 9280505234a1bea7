// Recovery codes on their way to an owner, and back.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/trust/create_device.hpp"

#include <filesystem>
#include <string>

namespace holdfast::app {

/// Where a new recovery code goes. One that nobody sees would be a promise that nobody can keep.
enum class RecoveryTo { file, standard_output, standard_error, nowhere };

/// The file that --recovery-out names, else a terminal. ErrorCode::refused where `file` exists already or lies in the
/// state folder `state`, and where there is neither file nor terminal; `instead` says then what to give.
[[nodiscard]] Result<RecoveryTo> recovery_destination(const GlobalArguments& global, const std::string& file,
                                                      const std::filesystem::path& state, const std::string& instead);

/// Borrows `file`.
[[nodiscard]] trust::RecoveryDelivery delivery_to(RecoveryTo destination, const std::string& file);

/// A line that says where the file is, and what to do with it; safe to show. Empty without a file.
[[nodiscard]] std::string words_for_recovery_file(const std::string& file);

/// A code as an owner typed it: in a file, or at the terminal where `file` is empty. ErrorCode::usage where there is
/// neither.
[[nodiscard]] Result<SecretBytes> read_recovery_code(const std::string& file);

/// Waits a second after a wrong code, and says so on a terminal: who tries codes shall notice that each one costs.
/// Other errors cost nothing.
void pause_after_wrong_code(const GlobalArguments& global, const Error& error);

}  // namespace holdfast::app
