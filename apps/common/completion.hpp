// Completions for bash and zsh, made from the commands themselves.
#pragma once

#include "apps/common/command_text.hpp"

#include <string>
#include <vector>

namespace holdfast::app {

/// The values that an option can have. `words` stands in double quotes in the shell, which expands it.
struct ValueRule {
  enum class Form { one, list };  ///< a list has commas between its values
  std::string command;            ///< the only one for which this holds; empty: for every command
  std::string option;             ///< "--alg"
  std::string words;
  Form form = Form::one;
};

/// What the first argument of some commands can be.
struct ArgumentRule {
  std::vector<std::string> commands;  ///< "key show"
  std::string words;                  ///< as in ValueRule
};

/// What completions need to know besides the tree of commands. The same option has a value in each command, or in none.
struct CompletionFacts {
  std::string functions;  ///< of the shell, used by what follows
  std::string prelude;    ///< what is looked at before anything else, in the completing function
  std::vector<ValueRule> values;
  std::vector<ArgumentRule> arguments;
  bool (*takes_files)(const OptionText&);  ///< whether the value of an option, or an argument, names a file
};

/// `shell` is "bash" or "zsh".
[[nodiscard]] std::string completion(const std::string& shell, const CommandText& program,
                                     const CompletionFacts& facts);

}  // namespace holdfast::app
