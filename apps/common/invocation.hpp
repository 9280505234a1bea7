// What the programs have in common between their command line and their exit status.
#pragma once

#include "apps/common/complaint.hpp"
#include "core/result.hpp"

#include <string>

namespace holdfast::app {

/// What is to be told where there is nothing to run.
struct Told {
  std::string text;          ///< help, version, or what is wrong; empty where a command was understood
  bool usage_error = false;  ///< `text` is a complaint
  std::string help_command;  ///< with a complaint: what to run to learn more
  bool json = false;         ///< with a complaint: somebody asked for JSON, wherever that stood
};

/// The two commands that tell about the program itself.
struct CompletionArguments {
  std::string shell;
};
struct ManualArguments {
  std::string folder;
};

/// Prints it, or complains. Returns the exit status.
int tell(const std::string& program, const Told& told);

/// Complains where a command failed. Returns the exit status. With HOLDFAST_TRACE in the environment, the steps that
/// led to the failure come first.
int conclude(const std::string& program, ErrorForm form, const Result<int>& done);

}  // namespace holdfast::app
