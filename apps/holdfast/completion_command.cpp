// Completions for bash and zsh, made from the commands themselves.
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "apps/holdfast/command_text.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "core/file.hpp"
#include "crypto/suites.hpp"

namespace holdfast::app {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::vector<std::string> options_of(const CommandText& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options) {
    if (!option.positional) names.push_back(option.name);
  }
  return names;
}

std::vector<std::string> names_of(const std::vector<CommandText>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto& command : commands) names.push_back(command.name);
  return names;
}

std::string algorithms() {
  std::string text;
  for (const auto& row : crypto::key_algorithms()) text.append(text.empty() ? "" : " ").append(row.name);
  return text;
}

// Options whose value is a file or folder: there the shell completes names.
void collect_path_options(const CommandText& command, std::vector<std::string>& names) {
  for (const auto& option : command.options) {
    const bool path = option.type == "F" || option.type == "DIR";
    if (path && !std::ranges::contains(names, option.name)) names.push_back(option.name);
  }
  for (const auto& sub : command.commands) collect_path_options(sub, names);
}

void collect_value_options(const CommandText& command, std::vector<std::string>& names) {
  for (const auto& option : command.options) {
    if (!option.type.empty() && !std::ranges::contains(names, option.name)) names.push_back(option.name);
  }
  for (const auto& sub : command.commands) collect_value_options(sub, names);
}

std::string pattern(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "" : "|").append(name);
  return text;
}

// One line of the `case` over the command that has been typed so far.
void add_case(std::string& text, const std::string& path, const CommandText& command,
              const std::vector<std::string>& global) {
  auto words = names_of(command.commands);
  std::ranges::copy(options_of(command), std::back_inserter(words));
  std::ranges::copy(global, std::back_inserter(words));
  text += "    '" + path + "') words='" + joined(words) + "' ;;\n";
  for (const auto& sub : command.commands) add_case(text, path.empty() ? sub.name : path + " " + sub.name, sub, global);
}

std::string bash_completion(const CommandText& program) {
  std::vector<std::string> paths;
  std::vector<std::string> valued;
  collect_path_options(program, paths);
  collect_value_options(program, valued);
  std::string text = "# bash completion for holdfast; load it with: source <(holdfast completion bash)\n";
  text += "_holdfast() {\n";
  text +=
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" command='' words='' i\n";
  text += "  case \"$previous\" in\n    " + pattern(paths) +
          ") local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n";
  text +=
      "    --alg|--ephemeral) COMPREPLY=($(compgen -W '" + algorithms() + "' -- \"$current\")); return ;;\n  esac\n";
  text +=
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n    case \"${COMP_WORDS[i]}\" in\n      " + pattern(valued) +
      ") ((++i)) ;;\n      -*) ;;\n      *) command=\"${command:+$command }${COMP_WORDS[i]}\" ;;\n    esac\n  done\n";
  // Behind a command stand its arguments, which are no part of its name.
  text += "  while :; do\n    case \"$command\" in\n";
  std::string cases;
  add_case(cases, "", program, {});
  std::string indented;
  for (std::size_t at = 0; at < cases.size();) {
    const auto end = cases.find('\n', at);
    indented += "  " + cases.substr(at, end - at + 1);
    at = end + 1;
  }
  text += indented;
  text += "      *' '*) command=\"${command% *}\"; continue ;;\n    esac\n    break\n  done\n";
  text += "  COMPREPLY=($(compgen -W \"$words " + joined(options_of(program)) + "\" -- \"$current\"))\n}\n";
  text += "complete -o filenames -F _holdfast holdfast\n";
  return text;
}

// zsh runs the functions of bash.
std::string zsh_completion(const CommandText& program) {
  return "#compdef holdfast\n# zsh completion for holdfast; load it with: source <(holdfast completion zsh)\n"
         "autoload -Uz bashcompinit && bashcompinit\n" +
         bash_completion(program);
}

}  // namespace

Result<int> run(const GlobalArguments&, const CompletionArguments& arguments) {
  const auto program = describe_program();
  const auto text = arguments.shell == "zsh" ? zsh_completion(program) : bash_completion(program);
  TRY(write_all(STDOUT_FILENO, as_bytes(text), "standard output"), "print completion");
  return kExitDone;
}

}  // namespace holdfast::app
