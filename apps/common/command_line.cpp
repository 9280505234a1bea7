#include "apps/common/command_line.hpp"

#include <cstring>
#include <string_view>

namespace holdfast::app {
namespace {

// The command that the words before a mistake named, or the program.
const CLI::App& named_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : named_command(*chosen.back());
}

std::string full_name(const CLI::App& command) {
  const auto* const parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

std::string complaint(const CLI::App& app, const CLI::App& named, const CLI::ParseError& problem) {
  const auto unknown = app.remaining(true);
  if (unknown.empty()) return problem.what();
  const auto& word = unknown.front();
  const bool takes_file = named.get_option_no_throw("--in") != nullptr && !word.starts_with('-');
  return "there is no command or option '" + word + "' here" + (takes_file ? "; a file is named with --in" : "");
}

bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) return true;
  }
  return false;
}

OptionText describe(const CLI::Option& option) {
  const bool positional = option.get_lnames().empty();
  return {.name = positional ? option.get_name(true) : "--" + option.get_lnames().front(),
          .type = option.get_type_size() == 0 ? std::string() : option.get_type_name(),
          .description = option.get_description(),
          .positional = positional,
          .repeatable = option.get_items_expected_max() > 1,
          .required = option.get_required()};
}

// Both tell about the program they belong to.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& what, const std::string& example) {
  CLI::App* const command = app.add_subcommand(name, what);
  command->fallthrough();
  command->footer(example_footer(app.get_name(), app.get_name() + " " + example));
  return command;
}

}  // namespace

std::string example_footer(const std::string& program, const std::string& example) {
  return "Example:\n  " + example + "\n\n'" + program + " --help' has the options that all commands take.";
}

CommandText describe(CLI::App& app) {
  CommandText text{
      app.get_name(), app.get_description(), app.get_footer(), {}, {}, app.get_require_subcommand_min() > 0};
  // "Example:\n  …\n\n…", as example_footer wrote it; the program's own footer is kept whole.
  if (constexpr std::string_view kBegin = "Example:\n  "; text.example.starts_with(kBegin)) {
    text.example = text.example.substr(kBegin.size(), text.example.find("\n\n") - kBegin.size());
  }
  for (const auto* const option : app.get_options()) {
    if (option->get_lnames().empty() && option->get_name(true).empty()) continue;
    text.options.push_back(describe(*option));
  }
  for (auto* const sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    text.commands.push_back(describe(*sub));
  }
  return text;
}

Told parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return {};
  } catch (const CLI::CallForHelp&) {
    return {.text = app.help(), .help_command = {}};  // of the command that was named, if any was
  } catch (const CLI::CallForVersion&) {
    return {.text = app.version() + "\n", .help_command = {}};
  } catch (const CLI::ParseError& problem) {
    const auto& named = named_command(app);
    return {.text = complaint(app, named, problem),
            .usage_error = true,
            .help_command = full_name(named) + " --help",
            .json = asks_for_json(argc, argv)};
  }
}

CLI::App* add_completion(CLI::App& app, CompletionArguments& arguments) {
  CLI::App* const command = add_command(app, "completion", "Print completions for a shell", "completion bash");
  command->add_option("SHELL", arguments.shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  return command;
}

CLI::App* add_manual(CLI::App& app, ManualArguments& arguments) {
  CLI::App* const command = add_command(app, "manual", "Write the manual pages into a folder", "manual --out man1");
  command->add_option("--out", arguments.folder, "The folder, which must exist")->type_name("DIR")->required();
  return command;
}

}  // namespace holdfast::app
