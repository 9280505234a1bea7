#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "apps/common/completion.hpp"
#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/key_report.hpp"
#include "core/file.hpp"
#include "crypto/suites.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/profile_words.hpp"

namespace holdfast::app {
namespace {

constexpr std::string_view kFunctions =
    R"sh(# What files of a folder are called without a suffix: `ls`, because zsh and bash differ in patterns that fit nothing.
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

)sh";

constexpr std::string_view kPrelude = R"sh(  word=''
  if [[ $current == @ ]]; then word="$previous@"; elif [[ $previous == @ ]]; then word="${COMP_WORDS[COMP_CWORD-2]}@"; fi
  if [[ -n $word ]]; then
    words="$(_holdfast_keys "$word" | grep -F -- "$word" | sed 's/.*@//')"
    COMPREPLY=($(compgen -W "$words" -- "${current#@}"))
    return
  fi
)sh";

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

std::string profiles() {
  std::string text;
  for (const auto name : trust::builtin_profile_names()) text.append(name).append(" ");
  return text + "$(_holdfast_names \"${HOLDFAST_PROFILES:-/etc/holdfast/profiles}\" .toml)";
}

std::string deriving_algorithms() {
  std::string text;
  for (const auto& name : algorithms_that(crypto::KeyUse::derive)) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

std::vector<ValueRule> values() {
  return {{"", "--alg", texts_of(trust::algorithm_words())},
          {"", "--ephemeral", deriving_algorithms()},
          {"", "--hash", texts_of(trust::hash_words())},
          {"", "--scheme", texts_of(trust::scheme_words())},
          {"", "--suite", texts_of(trust::suite_words())},
          {"", "--origin", "derived random"},
          {"", "--migration", "manual within-margin"},
          {"", "--puf", "required slot none"},
          {"", "--as", "required slot"},
          {"", "--profile", profiles()},
          {"", "--key", "$(_holdfast_keys \"$current\")"},
          {"", "--use", uses(), ValueRule::Form::list}};
}

// The commands whose argument is the name of a key that there is.
std::vector<std::string> keyed_commands(const CommandText& program) {
  constexpr std::array<std::string_view, 2> kMakeKeys{"create", "import"};
  std::vector<std::string> paths;
  for (const auto& command : program.commands) {
    if (command.name != "key") continue;
    for (const auto& sub : command.commands) {
      const bool names_one = std::ranges::any_of(sub.options, &OptionText::positional);
      if (names_one && !std::ranges::contains(kMakeKeys, sub.name)) paths.push_back("key " + sub.name);
    }
  }
  return paths;
}

bool takes_files(const OptionText& option) {
  if (option.positional) return option.repeatable || option.name == "SHARE";
  return option.type == "F" || option.type == "DIR";
}

}  // namespace

Result<int> run(const GlobalArguments&, const CompletionArguments& arguments) {
  const auto program = describe_program();
  const CompletionFacts facts{.functions = std::string(kFunctions),
                              .prelude = std::string(kPrelude),
                              .values = values(),
                              .arguments = {{keyed_commands(program), "$(_holdfast_keys \"$current\")"}},
                              .takes_files = takes_files};
  TRY(write_all(STDOUT_FILENO, as_bytes(completion(arguments.shell, program, facts)), "standard output"),
      "print completion");
  return kExitDone;
}

}  // namespace holdfast::app
