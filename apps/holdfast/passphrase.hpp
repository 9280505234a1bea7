// Where passphrases come from: a file, a descriptor or a prompt, and never the command line.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <string>

namespace holdfast::app {

/// In normal form (core/text.hpp). At most 1024 bytes. "-" is standard input. Notes it where other accounts can
/// read the file.
[[nodiscard]] Result<SecretBytes> passphrase_from_file(const GlobalArguments& global, const std::string& file);
[[nodiscard]] Result<SecretBytes> passphrase_from_descriptor(int fd);

/// Whether a person can be asked: there is a controlling terminal.
[[nodiscard]] bool can_prompt();
/// A line that a person types in answer to a question, without its newline. For what is not secret.
[[nodiscard]] Result<std::string> ask_person(const std::string& question);
/// Asks on the terminal, without echo, for a passphrase, which comes in normal form.
[[nodiscard]] Result<SecretBytes> prompt_for_passphrase(const std::string& question);
/// The same for a secret that is taken as it is typed.
[[nodiscard]] Result<SecretBytes> prompt_for_secret(const std::string& question);

}  // namespace holdfast::app
