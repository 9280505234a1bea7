// Asking a person before something happens that is hard or impossible to undo.
#pragma once

#include "core/result.hpp"

#include <string>

namespace holdfast::app {

struct Question {
  std::string warning;   ///< what will be, in sentences; empty where it has been shown already
  std::string question;  ///< "Migrate?"
};

/// Asks on the terminal, and goes on with y or yes. `yes` says that somebody has answered already. ErrorCode::usage
/// where nobody can be asked, and for any other answer; nothing has happened then.
[[nodiscard]] Result<void> confirm(const Question& question, bool yes);

/// The same for what nothing brings back: `word` must be typed.
[[nodiscard]] Result<void> confirm_with_word(const Question& question, const std::string& word, bool yes);

}  // namespace holdfast::app
