#include "apps/holdfast/recovery_code.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

#include "apps/common/terminal.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxRecoveryFile = 4096;
constexpr std::chrono::seconds kPause(1);

// What would be found out only after seconds of Argon2id, or too late.
Result<void> check_recovery_file(const std::filesystem::path& state, const std::string& file) {
  if (file == "-") {
    return Error(ErrorCode::usage, "--recovery-out takes a file; without it the code is shown on the terminal");
  }
  std::error_code problem;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, problem))) {
    return Error(ErrorCode::refused,
                 "'" + file + "' exists already, and may hold the code of another anchor; name a new file");
  }
  const auto canonical = [&](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, problem), problem);
  };
  const auto home = canonical(state);
  const auto inside = canonical(std::filesystem::absolute(file, problem).parent_path()).lexically_relative(home);
  if (!inside.empty() && *inside.begin() != "..") {
    return Error(ErrorCode::refused,
                 "the recovery code must not lie in the state folder: whoever copies that would have both");
  }
  return {};
}

SecretBytes with_newline(const SecretBytes& code) {
  SecretBytes line(code.size() + 1);
  const auto room = line.expose_mutable(SecretAccess{});
  std::ranges::copy(code.expose(SecretAccess{}), room.begin());
  room.back() = '\n';
  return line;
}

Result<void> show_code(int fd, const SecretBytes& line) {
  TRY(write_all(fd,
                as_bytes("\nRecovery code (the only copy; write it down and keep it away from this machine):\n\n  "),
                "terminal"),
      "show recovery code");
  TRY(write_all(fd, line.expose(SecretAccess{}), "terminal"), "show recovery code");
  return write_all(fd, as_bytes("\n"), "terminal");
}

}  // namespace

Result<RecoveryTo> recovery_destination(const GlobalArguments& global, const std::string& file,
                                        const std::filesystem::path& state, const std::string& instead) {
  if (!file.empty()) {
    TRY(check_recovery_file(state, file), "check --recovery-out");
    return RecoveryTo::file;
  }
  if (!global.json && standard_output_is_terminal()) return RecoveryTo::standard_output;
  if (standard_error_is_terminal()) return RecoveryTo::standard_error;
  return Error(ErrorCode::refused, "there is no terminal to show the recovery code on; give " + instead);
}

trust::RecoveryDelivery delivery_to(RecoveryTo destination, const std::string& file) {
  switch (destination) {
    case RecoveryTo::nowhere: return {};
    case RecoveryTo::file:
      return {[&file](const SecretBytes& code) {
                // Never over another file: it may hold the code of another anchor.
                return write_file_atomically(file, with_newline(code).expose(SecretAccess{}), 0600, Replace::refused);
              },
              [&file] { ::unlink(file.c_str()); }};
    case RecoveryTo::standard_output:
      return {[](const SecretBytes& code) { return show_code(STDOUT_FILENO, with_newline(code)); }, nullptr};
    case RecoveryTo::standard_error:
      return {[](const SecretBytes& code) { return show_code(STDERR_FILENO, with_newline(code)); }, nullptr};
  }
  return {};
}

std::string words_for_recovery_file(const std::string& file) {
  if (file.empty()) return {};
  return "Recovery code written to " + printable(file, 4096) +
         "; print it, keep it away from this machine, and delete the file\n";
}

Result<SecretBytes> read_recovery_code(const std::string& file) {
  if (!file.empty()) return read_secret_file(file, kMaxRecoveryFile);
  if (!can_prompt()) {
    return Error(ErrorCode::usage, "there is no terminal to ask for the recovery code on; give --recovery-file F");
  }
  return prompt_for_secret("Recovery code of this device's anchor");
}

void pause_after_wrong_code(const GlobalArguments& global, const Error& error) {
  if (error.code() != ErrorCode::wrong_passphrase) return;
  if (standard_error_is_terminal()) note(global, "That code does not open it; a moment, please …");
  std::this_thread::sleep_for(kPause);
}

}  // namespace holdfast::app
