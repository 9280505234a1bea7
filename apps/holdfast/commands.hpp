// One function for each command. Each returns the exit status of a command that did its work.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"

namespace holdfast::app {

[[nodiscard]] Result<int> run(const GlobalArguments& global, const FingerprintArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const InitArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const StatusArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EventsArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const SealArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const UnsealArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyCreateArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyListArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyShowArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyPublicArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const SignArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const VerifyArguments& arguments);

}  // namespace holdfast::app
