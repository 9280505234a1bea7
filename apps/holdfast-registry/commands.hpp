// What the commands do that are no operations.
#pragma once

#include "apps/holdfast-registry/arguments.hpp"

namespace holdfast::registry_app {

/// Each returns the exit status.
[[nodiscard]] Result<int> run(const GlobalArguments& global, const ServeArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const OperationArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const CheckArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const RestoreArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const AuthorityRequestArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const AuthorityAcceptArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const CompletionArguments& given);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const ManualArguments& arguments);

/// Prints the one or the other.
[[nodiscard]] Result<void> print(const GlobalArguments& global, const Json& json, const std::string& text);
/// The token in a file; empty where no file is named.
[[nodiscard]] Result<std::string> read_token(const std::string& file);
/// Where the registry's data is.
[[nodiscard]] Result<std::string> data_path(const GlobalArguments& global);

}  // namespace holdfast::registry_app
