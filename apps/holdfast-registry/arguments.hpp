// The command line, as values.
#pragma once

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

using Command = std::variant<ServeArguments, OperationArguments, CheckArguments, RestoreArguments>;

struct Invocation {
  GlobalArguments global;
  std::optional<Command> command;
  std::string text;  ///< help or version where there is no command; what is wrong where that is so
  bool usage_error = false;
  std::string help_command;  ///< which help to read then
};

[[nodiscard]] Invocation parse_arguments(int argc, const char* const* argv);

}  // namespace holdfast::registry_app
