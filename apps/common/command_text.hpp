// The commands and options as text: what completions and manual pages are made from, so that they cannot differ from
// what is parsed.
#pragma once

#include <string>
#include <vector>

namespace holdfast::app {

struct OptionText {
  std::string name;  ///< "--out", or "NAME" of a positional argument
  std::string type;  ///< of the value: "F"; empty for flags
  std::string description;
  bool positional = false;
  bool repeatable = false;  ///< may be given again
  bool required = false;
};

struct CommandText {
  std::string name;
  std::string description;
  std::string example;  ///< one line or more; of the program, all that stands below its help
  std::vector<OptionText> options;
  std::vector<CommandText> commands;
  bool needs_command = false;  ///< does nothing without one of them
};

}  // namespace holdfast::app
