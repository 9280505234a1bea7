#include "apps/common/completion.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>

namespace holdfast::app {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kScript =
    R"sh(# bash completion for @PROGRAM@; load it with: source <(@PROGRAM@ completion bash)

@HELPERS@@FUNCTION@() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local command='' words='' trimmed='' given=() i word
  # For bash '=' and '@' are words of their own.
  if [[ $current == = ]]; then current=''; elif [[ $previous == = ]]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi
@PRELUDE@  case "$previous" in
@BY_OPTION@  esac
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "${COMP_WORDS[i]}" in
@REPEATABLE@      @VALUED@) given+=("${COMP_WORDS[i]}"); ((++i)); [[ ${COMP_WORDS[i]} == = ]] && ((++i)) ;;
      -*) given+=("${COMP_WORDS[i]}") ;;
      *) command="${command:+$command }${COMP_WORDS[i]}" ;;
    esac
  done
  while :; do
    case "$command" in
@COMMANDS@      *' '*) command="${command% *}"; trimmed=1; continue ;;
    esac
    break
  done
@BY_COMMAND@@FILED@  if [[ -z $trimmed && $current != -* ]]; then
    case "$command" in
@ARGUMENTS@    esac
  fi
  words=" $words @GLOBAL@ "
  for word in "${given[@]}"; do words="${words/ $word / }"; done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F @FUNCTION@ @PROGRAM@
)sh";

constexpr std::string_view kRepeatable = R"sh(      @OPTIONS@) ((++i)); [[ ${COMP_WORDS[i]} == = ]] && ((++i)) ;;
)sh";

constexpr std::string_view kByCommand = R"sh(  case "$command $previous" in
@RULES@  esac
)sh";

constexpr std::string_view kFiled = R"sh(  if [[ $current != -* ]]; then
    case "$command" in
      @COMMANDS@) local IFS=$'\n'; COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
  fi
)sh";

struct Place {
  std::string_view name;  // "@COMMANDS@"
  std::string value;
};

// What a place is filled with is not searched for places.
std::string filled(std::string_view text, std::span<const Place> places) {
  std::string out;
  for (;;) {
    const auto position = [text](const Place& place) { return text.find(place.name); };
    const Place& next = *std::ranges::min_element(places, {}, position);
    const auto at = position(next);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += next.value;
    text.remove_prefix(at + next.name.size());
  }
}

// Nothing, where there is nothing to put into its one place.
std::string filled(std::string_view text, std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : filled(text, std::array{Place{name, value}});
}

std::string joined(const Words& words, std::string_view between) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

void add(Words& words, const std::string& word) {
  if (!std::ranges::contains(words, word)) words.push_back(word);
}

std::string path_of(const std::string& parent, const CommandText& command) {
  return parent.empty() ? command.name : parent + " " + command.name;
}

// As a pattern of `case`.
std::string quoted(const std::string& command) { return command.contains(' ') ? "'" + command + "'" : command; }

// The options of all commands, by how the shell treats their values.
struct Valued {
  Words all;
  Words paths;
  Words repeatable;
};

void collect(const CommandText& command, const CompletionFacts& facts, Valued& valued) {
  for (const auto& option : command.options) {
    if (option.positional) continue;
    if (option.repeatable) add(valued.repeatable, option.name);
    if (!option.type.empty()) add(valued.all, option.name);
    if (facts.takes_files(option)) add(valued.paths, option.name);
  }
  for (const auto& sub : command.commands) collect(sub, facts, valued);
}

// One branch of the `case` over the option whose value is being typed.
std::string branch(const ValueRule& rule) {
  const auto pattern = rule.command.empty() ? rule.option : "'" + rule.command + " " + rule.option + "'";
  if (rule.form == ValueRule::Form::one) {
    return "    " + pattern + ") COMPREPLY=($(compgen -W \"" + rule.words + "\" -- \"$current\")); return ;;\n";
  }
  return "    " + pattern + ")\n      word=''\n      [[ $current == *,* ]] && word=\"${current%,*},\"\n" +
         "      COMPREPLY=($(compgen -P \"$word\" -W '" + rule.words + "' -- \"${current##*,}\"))\n      return ;;\n";
}

// What can be told before it is known which command it is.
std::string by_option(const Valued& valued, const CompletionFacts& facts) {
  Words guessable;
  std::string text = filled("    @OPTIONS@) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n",
                            "@OPTIONS@", joined(valued.paths, "|"));
  for (const auto& rule : facts.values) {
    if (rule.command.empty()) text += branch(rule);
    if (!rule.command.empty()) guessable.push_back(rule.option);
  }
  Words rest;
  std::ranges::copy_if(valued.all, std::back_inserter(rest),
                       [&](const auto& option) { return !std::ranges::contains(guessable, option); });
  return text + filled("    @OPTIONS@) COMPREPLY=(); return ;;\n", "@OPTIONS@", joined(rest, "|"));
}

std::string by_command(const CompletionFacts& facts) {
  Words options;
  std::string text;
  for (const auto& rule : facts.values) {
    if (rule.command.empty()) continue;
    text += branch(rule);
    add(options, "*' " + rule.option + "'");
  }
  // In other commands nobody can guess their values.
  return filled(kByCommand, "@RULES@",
                text + filled("    @OPTIONS@) COMPREPLY=(); return ;;\n", "@OPTIONS@", joined(options, "|")));
}

// Lines of the `case` over the command that has been typed so far. Behind it stand its arguments, no part of its name.
void add_commands(std::string& text, const std::string& path, const CommandText& command, const Words& global) {
  Words words;
  for (const auto& sub : command.commands) words.push_back(sub.name);
  for (const auto& option : command.options) {
    if (!option.positional && !std::ranges::contains(global, option.name)) words.push_back(option.name);
  }
  text += "      '" + path + "') words='" + joined(words, " ") + "' ;;\n";
  for (const auto& sub : command.commands) add_commands(text, path_of(path, sub), sub, global);
}

// The commands whose arguments are files.
void add_filed(Words& paths, const std::string& path, const CommandText& command, const CompletionFacts& facts) {
  const auto names_file = [&](const OptionText& option) { return option.positional && facts.takes_files(option); };
  if (std::ranges::any_of(command.options, names_file)) paths.push_back("'" + path + "'");
  for (const auto& sub : command.commands) add_filed(paths, path_of(path, sub), sub, facts);
}

std::string arguments(const CompletionFacts& facts) {
  auto rules = facts.arguments;
  rules.push_back({{"completion"}, "bash zsh"});
  std::string text;
  for (const auto& rule : rules) {
    Words patterns;
    std::ranges::transform(rule.commands, std::back_inserter(patterns), quoted);
    text += "      " + joined(patterns, "|") + ") words=\"$words " + rule.words + "\" ;;\n";
  }
  return text;
}

std::string bash_completion(const CommandText& program, const CompletionFacts& facts) {
  Valued valued;
  collect(program, facts, valued);
  Words global;
  for (const auto& option : program.options) {
    if (option.name != "--version") global.push_back(option.name);  // which stands alone
  }
  Words filed;
  add_filed(filed, "", program, facts);
  std::string commands;
  add_commands(commands, "", program, global);
  std::string function = "_" + program.name;
  std::ranges::replace(function, '-', '_');
  return filled(kScript, std::array<Place, 12>{
                             {{"@PROGRAM@", program.name},
                              {"@FUNCTION@", function},
                              {"@HELPERS@", facts.functions},
                              {"@PRELUDE@", facts.prelude},
                              {"@BY_OPTION@", by_option(valued, facts)},
                              {"@REPEATABLE@", filled(kRepeatable, "@OPTIONS@", joined(valued.repeatable, "|"))},
                              {"@VALUED@", joined(valued.all, "|")},
                              {"@COMMANDS@", commands},
                              {"@BY_COMMAND@", by_command(facts)},
                              {"@FILED@", filled(kFiled, "@COMMANDS@", joined(filed, "|"))},
                              {"@ARGUMENTS@", arguments(facts)},
                              {"@GLOBAL@", joined(global, " ")}}});
}

}  // namespace

std::string completion(const std::string& shell, const CommandText& program, const CompletionFacts& facts) {
  auto bash = bash_completion(program, facts);
  if (shell != "zsh") return bash;
  // zsh runs the functions of bash.
  return "#compdef " + program.name + "\n# zsh completion for " + program.name + "; load it with: source <(" +
         program.name + " completion zsh)\nautoload -Uz bashcompinit && bashcompinit\n" + bash;
}

}  // namespace holdfast::app
