// Completions for bash and zsh, made from the commands themselves.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/command_text.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/key_report.hpp"
#include "core/file.hpp"
#include "crypto/suites.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/profile_words.hpp"

namespace holdfast::app {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kHead = R"sh(# bash completion for holdfast; load it with: source <(holdfast completion bash)

# What files of a folder are called without a suffix: `ls`, because zsh and bash differ in patterns that fit nothing.
# Whatever is not called as keys and profiles are is left out: the shell would expand it.
_holdfast_names() {
  local name
  ls -- "$1" 2>/dev/null | while read -r name; do
    [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*(@[0-9]+)?"$2"$ ]] && printf '%s\n' "${name%"$2"}"
  done
}

# The names of keys, or, behind "NAME@", of its versions. They are those of files: nothing is opened for them, and
# nobody is asked for a passphrase.
_holdfast_keys() {
  local i state="${HOLDFAST_DIR:-}"
  if [[ -z $state ]]; then
    if ((EUID == 0)); then state=/var/lib/holdfast; else state="${XDG_DATA_HOME:-$HOME/.local/share}/holdfast"; fi
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    [[ ${COMP_WORDS[i]} == --dir ]] || continue
    [[ ${COMP_WORDS[i+1]} == = ]] && ((++i))
    state="${COMP_WORDS[i+1]/#\~/$HOME}"
  done
  case "$1" in
    *@*) _holdfast_names "$state/keys" .key ;;
    *) _holdfast_names "$state/keys" .key | sed 's/@.*//' | sort -u ;;
  esac
}

_holdfast() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local command='' words='' trimmed='' given=() i word
  # For bash '=' and '@' are words of their own.
  if [[ $current == = ]]; then current=''; elif [[ $previous == = ]]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi
  word=''
  if [[ $current == @ ]]; then word="$previous@"; elif [[ $previous == @ ]]; then word="${COMP_WORDS[COMP_CWORD-2]}@"; fi
  if [[ -n $word ]]; then
    words="$(_holdfast_keys "$word" | grep -F -- "$word" | sed 's/.*@//')"
    COMPREPLY=($(compgen -W "$words" -- "${current#@}"))
    return
  fi
)sh";

constexpr std::string_view kLoop = R"sh(  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "${COMP_WORDS[i]}" in
      @REPEATABLE@) ((++i)); [[ ${COMP_WORDS[i]} == = ]] && ((++i)) ;;
      @VALUED@) given+=("${COMP_WORDS[i]}"); ((++i)); [[ ${COMP_WORDS[i]} == = ]] && ((++i)) ;;
      -*) given+=("${COMP_WORDS[i]}") ;;
      *) command="${command:+$command }${COMP_WORDS[i]}" ;;
    esac
  done
  while :; do
    case "$command" in
)sh";

constexpr std::string_view kTail = R"sh(      *' '*) command="${command% *}"; trimmed=1; continue ;;
    esac
    break
  done
  if [[ $current != -* ]]; then
    case "$command" in
      @FILED@) local IFS=$'\n'; COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
  fi
  if [[ -z $trimmed && $current != -* ]]; then
    case "$command" in
      @KEYED@) words="$words $(_holdfast_keys "$current")" ;;
      completion) words="$words bash zsh" ;;
    esac
  fi
  words=" $words @GLOBAL@ "
  for word in "${given[@]}"; do words="${words/ $word / }"; done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _holdfast holdfast
)sh";

std::string joined(const Words& words, std::string_view between) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

void add(Words& words, const std::string& word) {
  if (!std::ranges::contains(words, word)) words.push_back(word);
}

template <typename T>
std::string texts_of(std::span<const trust::Word<T>> words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : " ").append(word.text);
  return text;
}

std::string uses() {
  auto text = crypto::list_key_uses();
  std::erase(text, ',');
  return text;
}

// One branch of the `case` over the option whose value is being typed.
std::string branch(const std::string& options, const std::string& words) {
  return "    " + options + ") COMPREPLY=($(compgen -W \"" + words + "\" -- \"$current\")); return ;;\n";
}

// The options of all commands, by how the shell treats their values.
struct Valued {
  Words all;
  Words paths;
  Words repeatable;
};

void collect(const CommandText& command, Valued& valued) {
  for (const auto& option : command.options) {
    if (option.positional) continue;
    if (option.repeatable) add(valued.repeatable, option.name);
    if (!option.type.empty()) add(valued.all, option.name);
    if (option.type == "F" || option.type == "DIR") add(valued.paths, option.name);
  }
  for (const auto& sub : command.commands) collect(sub, valued);
}

std::string value_cases(const Valued& valued) {
  Words profiles;
  for (const auto name : trust::builtin_profile_names()) profiles.emplace_back(name);
  std::string text = "  case \"$previous\" in\n    " + joined(valued.paths, "|") +
                     ") local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n";
  text += branch("--alg", texts_of(trust::algorithm_words()));
  text += branch("--ephemeral", joined(algorithms_that(crypto::KeyUse::derive), " "));
  text += branch("--hash", texts_of(trust::hash_words()));
  text += branch("--scheme", texts_of(trust::scheme_words()));
  text += branch("--suite", texts_of(trust::suite_words()));
  text += branch("--origin", "derived random");
  text += branch("--migration", "manual within-margin");
  text += branch("--puf", "required slot none");
  text += branch("--as", "required slot");
  text += branch("--profile",
                 joined(profiles, " ") + " $(_holdfast_names \"${HOLDFAST_PROFILES:-/etc/holdfast/profiles}\" .toml)");
  text += branch("--key", "$(_holdfast_keys \"$current\")");
  text += "    --use)\n      word=''\n      [[ $current == *,* ]] && word=\"${current%,*},\"\n";
  text += "      COMPREPLY=($(compgen -P \"$word\" -W '" + uses() + "' -- \"${current##*,}\"))\n      return ;;\n";
  // What nobody can guess.
  return text + "    " + joined(valued.all, "|") + ") COMPREPLY=(); return ;;\n  esac\n";
}

// Lines of the `case` over the command that has been typed so far. Behind it stand its arguments, no part of its name.
void add_command_cases(std::string& text, const std::string& path, const CommandText& command, const Words& global) {
  Words words;
  for (const auto& sub : command.commands) words.push_back(sub.name);
  for (const auto& option : command.options) {
    if (!option.positional && !std::ranges::contains(global, option.name)) words.push_back(option.name);
  }
  text += "      '" + path + "') words='" + joined(words, " ") + "' ;;\n";
  for (const auto& sub : command.commands) {
    add_command_cases(text, path.empty() ? sub.name : path + " " + sub.name, sub, global);
  }
}

// The commands whose argument is the name of a key that there is.
Words keyed_commands(const CommandText& program) {
  constexpr std::array<std::string_view, 2> kMakeKeys{"create", "import"};
  Words paths;
  for (const auto& command : program.commands) {
    if (command.name != "key") continue;
    for (const auto& sub : command.commands) {
      const bool names_one = std::ranges::any_of(sub.options, &OptionText::positional);
      if (names_one && !std::ranges::contains(kMakeKeys, sub.name)) paths.push_back("'key " + sub.name + "'");
    }
  }
  return paths;
}

// The commands whose arguments are files.
void add_filed_commands(Words& paths, const std::string& path, const CommandText& command) {
  const auto takes_files = [](const OptionText& option) {
    return option.positional && (option.repeatable || option.name == "SHARE");
  };
  if (std::ranges::any_of(command.options, takes_files)) paths.push_back("'" + path + "'");
  for (const auto& sub : command.commands)
    add_filed_commands(paths, path.empty() ? sub.name : path + " " + sub.name, sub);
}

Words filed_commands(const CommandText& program) {
  Words paths;
  add_filed_commands(paths, "", program);
  return paths;
}

std::string filled(std::string_view text, std::string_view place, const std::string& value) {
  std::string out(text);
  return out.replace(out.find(place), place.size(), value);
}

std::string bash_completion(const CommandText& program) {
  Valued valued;
  collect(program, valued);
  Words global;
  for (const auto& option : program.options) {
    if (option.name != "--version") global.push_back(option.name);  // which stands alone
  }
  std::string text(kHead);
  text += value_cases(valued);
  text += filled(filled(kLoop, "@REPEATABLE@", joined(valued.repeatable, "|")), "@VALUED@", joined(valued.all, "|"));
  add_command_cases(text, "", program, global);
  const auto tail = filled(filled(kTail, "@FILED@", joined(filed_commands(program), "|")), "@KEYED@",
                           joined(keyed_commands(program), "|"));
  return text + filled(tail, "@GLOBAL@", joined(global, " "));
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
