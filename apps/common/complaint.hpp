// How a command says that it failed.
#pragma once

#include "core/error.hpp"

#include <string>

namespace holdfast::app {

enum class ErrorForm { text, json };

/// Writes one line, or an object with the member "error", to standard error. Messages quote foreign input, which
/// neither moves the cursor nor breaks the line. Returns the exit status for the code.
int complain(const std::string& program, ErrorForm form, ErrorCode code, const std::string& message);

}  // namespace holdfast::app
