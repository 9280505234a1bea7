// The command line, as values.
#pragma once

#include "apps/common/command_text.hpp"
#include "apps/common/invocation.hpp"
#include "apps/holdfast-registry/operation.hpp"
#include "core/json.hpp"

#include <optional>
#include <string>
#include <variant>

namespace holdfast::registry_app {

struct GlobalArguments {
  std::string data;
  bool json = false;
  bool quiet = false;
  std::string token_file;
};

struct ServeArguments {};

/// A row of the table of operations, with what was given for it.
struct OperationArguments {
  const Operation* operation = nullptr;
  Json given;
};

/// Verifying an exported log, for which no registry is needed.
struct CheckArguments {
  std::string folder;
  std::string verifier;
};

struct RestoreArguments {
  std::string from;
};

using app::CompletionArguments;
using app::ManualArguments;
using Command = std::variant<ServeArguments, OperationArguments, CheckArguments, RestoreArguments, CompletionArguments,
                             ManualArguments>;

struct Invocation {
  GlobalArguments global;
  std::optional<Command> command;
  app::Told told;  ///< has a text where `command` is not set
};

[[nodiscard]] Invocation parse_arguments(int argc, const char* const* argv);

/// The whole program.
[[nodiscard]] app::CommandText describe_program();

}  // namespace holdfast::registry_app
