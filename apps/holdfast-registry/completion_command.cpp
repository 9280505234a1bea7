#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "apps/common/completion.hpp"
#include "apps/common/exit_status.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "core/file.hpp"

namespace holdfast::registry_app {
namespace {

using app::OptionText;
using app::ValueRule;

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

// One name may mean different sets in different commands.
std::vector<ValueRule> values() {
  std::vector<ValueRule> rules;
  for (const Operation* const operation : all_operations()) {
    for (const Parameter& parameter : operation->parameters) {
      if (parameter.values == nullptr || is_positional(parameter)) continue;
      rules.push_back({.command = command_of(*operation),
                       .option = "--" + std::string(parameter.name),
                       .words = joined(parameter.values()),
                       .form = parameter.listing == Listing::one ? ValueRule::Form::one : ValueRule::Form::list});
    }
  }
  return rules;
}

// Only the first argument can be told from what follows it.
std::vector<app::ArgumentRule> arguments() {
  std::vector<app::ArgumentRule> rules;
  for (const Operation* const operation : all_operations()) {
    const auto first = std::ranges::find_if(operation->parameters, is_positional);
    if (first == operation->parameters.end() || first->values == nullptr) continue;
    rules.push_back({{command_of(*operation)}, joined(first->values())});
  }
  return rules;
}

bool takes_files(const OptionText& option) {
  constexpr std::array<std::string_view, 5> kTypes{"FILE", "FOLDER", "PATH", "DIR", "KEY|FILE"};
  // An argument that is called as its type has none.
  return std::ranges::contains(kTypes, option.positional && option.type.empty() ? option.name : option.type);
}

}  // namespace

Result<int> run(const GlobalArguments&, const CompletionArguments& given) {
  const auto program = describe_program();
  const app::CompletionFacts facts{
      .functions = {}, .prelude = {}, .values = values(), .arguments = arguments(), .takes_files = takes_files};
  TRY(write_all(STDOUT_FILENO, as_bytes(app::completion(given.shell, program, facts)), "standard output"),
      "print completion");
  return app::kExitDone;
}

}  // namespace holdfast::registry_app
