// What the programs' parsers share, in the few sources that know CLI11.
#pragma once

#include "apps/common/command_text.hpp"
#include "apps/common/invocation.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace holdfast::app {

/// What stands below the help of a command of `program`.
[[nodiscard]] std::string example_footer(const std::string& program, const std::string& example);

/// The tree of commands below `app`, whose footers are those of example_footer. The options of the program itself are
/// the global ones.
[[nodiscard]] CommandText describe(CLI::App& app);

/// Parses, and calls back the command that was named.
[[nodiscard]] Told parse(CLI::App& app, int argc, const char* const* argv);

/// Add the commands that tell about the program itself. The caller sets what they call back.
[[nodiscard]] CLI::App* add_completion(CLI::App& app, CompletionArguments& arguments);
[[nodiscard]] CLI::App* add_manual(CLI::App& app, ManualArguments& arguments);

}  // namespace holdfast::app
