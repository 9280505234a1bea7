#include "apps/holdfast-registry/arguments.hpp"

#include <CLI/CLI.hpp>

#include <cstring>
#include <deque>
#include <filesystem>
#include <map>

namespace holdfast::registry_app {
namespace {

constexpr const char* kFooter =
    "Begin with:\n"
    "  holdfast-registry serve                            found a registry, and serve it\n"
    "  holdfast-registry owner import people.csv          who can answer for devices\n"
    "  holdfast-registry grant create --name 'gate 7' --purpose 'opens the yard' \\\n"
    "    --business-owner anna@example.org --technical-owner ben@example.org\n"
    "  holdfast-registry identity list\n\n"
    "Commands work on the data folder, through the server where one runs.\n"
    "Exit status: 0 done, 2 usage, 3 the server's anchor does not open here, 4 wrong token, 5 altered or malformed\n"
    "input, 6 not found, 7 refused, 8 input or output failed, 9 other, 10 needs attention (doctor).\n"
    "'holdfast-registry COMMAND --help' describes a command.";

const std::map<std::string_view, std::string_view>& groups() {
  static const std::map<std::string_view, std::string_view> kGroups{
      {"owner", "People who answer for identities"},
      {"team", "Teams that answer for identities"},
      {"grant", "The right to enrol a device"},
      {"identity", "Devices and their standing"},
      {"transfer", "Identities on their way to other owners"},
      {"approval", "What needs a second person"},
      {"image", "Platform images, whose keys are nobody's"},
      {"incident", "What happened that somebody has to look at"},
      {"operator", "Who runs the registry"},
      {"token", "By which operators are known"},
      {"policy", "What holds for a class of identities"},
      {"audit", "The history that proves itself"},
      {"ca", "The certificate authority"},
  };
  return kGroups;
}

const char* type_name(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::text: return "TEXT";
    case ParameterKind::flag: return "";
    case ParameterKind::count: return "N";
    case ParameterKind::span: return "SPAN";
    case ParameterKind::moment: return "WHEN";
    case ParameterKind::file: return "FILE";
    case ParameterKind::path:
    case ParameterKind::image: return "PATH";
  }
  return "TEXT";
}

// What CLI11 fills for one operation. Addresses must not change while it does.
struct Given {
  std::map<std::string, std::string> texts;
  std::map<std::string, std::uint64_t> counts;
  std::map<std::string, bool> flags;
};

CLI::Option* add_parameter(CLI::App& command, const Parameter& parameter, Given& given) {
  const std::string name(parameter.name);
  const std::string spelling = parameter.presence == Presence::positional ? name : "--" + name;
  const std::string help(parameter.help);
  if (parameter.kind == ParameterKind::flag) return command.add_flag(spelling, given.flags[name], help);
  CLI::Option* option = parameter.kind == ParameterKind::count ? command.add_option(spelling, given.counts[name], help)
                                                               : command.add_option(spelling, given.texts[name], help);
  option->type_name(type_name(parameter.kind));
  return parameter.presence == Presence::optional ? option : option->required();
}

Json json_of(const CLI::App& command, const Operation& operation, const Given& given) {
  Json json = Json::object();
  for (const Parameter& parameter : operation.parameters) {
    const std::string name(parameter.name);
    const std::string spelling = parameter.presence == Presence::positional ? name : "--" + name;
    if (command.count(spelling) == 0) continue;
    if (parameter.kind == ParameterKind::flag) {
      json[name] = given.flags.at(name);
    } else if (parameter.kind == ParameterKind::count) {
      json[name] = given.counts.at(name);
    } else if (parameter.kind == ParameterKind::path) {
      json[name] = std::filesystem::absolute(given.texts.at(name)).lexically_normal().string();
    } else {
      json[name] = given.texts.at(name);
    }
  }
  return json;
}

struct Storage {
  std::deque<Given> given;
  CheckArguments check;
  RestoreArguments restore;
};

void add_example(CLI::App& command, std::string_view example) {
  command.fallthrough();
  command.footer("Example:\n  holdfast-registry " + std::string(example) +
                 "\n\n'holdfast-registry --help' has the options that all commands take.");
}

void add_operation(CLI::App& group, std::optional<Command>& command, Storage& storage, const Operation& operation) {
  CLI::App* sub = group.add_subcommand(std::string(operation.verb), std::string(operation.help));
  Given& given = storage.given.emplace_back();
  for (const Parameter& parameter : operation.parameters) add_parameter(*sub, parameter, given);
  add_example(*sub, operation.example);
  sub->callback([&command, &given, &operation, sub] {
    command = OperationArguments{&operation, json_of(*sub, operation, given)};
  });
}

void add_operations(CLI::App& app, std::optional<Command>& command, Storage& storage) {
  std::map<std::string_view, CLI::App*> made;
  for (const Operation* operation : all_operations()) {
    // Commands of their own, in no group.
    if (operation->group == "registry") {
      add_operation(app, command, storage, *operation);
      continue;
    }
    CLI::App*& group = made[operation->group];
    if (group == nullptr) {
      group = app.add_subcommand(std::string(operation->group), std::string(groups().at(operation->group)));
      group->require_subcommand(1)->fallthrough();
    }
    add_operation(*group, command, storage, *operation);
  }
  CLI::App* check = made.at("audit")->add_subcommand("check", "Verify an exported log, without any registry");
  check->add_option("folder", storage.check.folder, "what 'audit export' wrote")->required()->type_name("FOLDER");
  check->add_option("--verifier", storage.check.verifier, "the log's key, as 'ca show' prints it, or a file with it")
      ->required()
      ->type_name("KEY");
  add_example(*check, "audit check log --verifier log.key");
  check->callback([&command, &storage] { command = storage.check; });
}

void add_housekeeping(CLI::App& app, std::optional<Command>& command, Storage& storage) {
  CLI::App* serve = app.add_subcommand("serve", "Serve; the first time, found a registry");
  add_example(*serve, "serve --data /var/lib/holdfast-registry");
  serve->callback([&command] { command = ServeArguments{}; });
  CLI::App* restore = app.add_subcommand("restore", "Put a backup back, while no server runs");
  restore->add_option("--from", storage.restore.from, "what 'backup' wrote")->required()->type_name("FILE");
  add_example(*restore, "restore --from registry-backup.db");
  restore->callback([&command, &storage] { command = storage.restore; });
}

void add_global(CLI::App& app, GlobalArguments& global) {
  app.add_option("--data", global.data,
                 "Data folder [$HOLDFAST_REGISTRY, else /var/lib/holdfast-registry for root, else "
                 "$XDG_DATA_HOME/holdfast-registry]")
      ->type_name("DIR");
  app.add_flag("--json", global.json, "Print JSON for programs; errors too, on standard error");
  app.add_flag("--quiet", global.quiet, "No notes");
  app.add_option("--token-file", global.token_file, "Act as the operator whose token is in F, not as this account")
      ->type_name("F");
}

const CLI::App& named_command(const CLI::App& app) {
  const auto named = app.get_subcommands();
  return named.empty() ? app : named_command(*named.front());
}

std::string full_name(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

std::string complaint(const CLI::App& app, const CLI::ParseError& problem) {
  const auto unknown = app.remaining(true);
  if (unknown.empty()) return problem.what();
  return "there is no command or option '" + unknown.front() + "' here";
}

bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) return true;
  }
  return false;
}

}  // namespace

Invocation parse_arguments(int argc, const char* const* argv) {
  Invocation invocation;
  Storage storage;
  CLI::App app("Holdfast's registry: every device identity under governance", "holdfast-registry");
  app.footer(kFooter);
  app.set_version_flag("--version", "holdfast-registry " HOLDFAST_VERSION);
  app.require_subcommand(1);
  add_global(app, invocation.global);
  add_housekeeping(app, invocation.command, storage);
  add_operations(app, invocation.command, storage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    invocation.text = app.help();
  } catch (const CLI::CallForVersion&) {
    invocation.text = "holdfast-registry " HOLDFAST_VERSION "\n";
  } catch (const CLI::ParseError& problem) {
    invocation.text = complaint(app, problem);
    invocation.help_command = full_name(named_command(app)) + " --help";
    invocation.usage_error = true;
    invocation.global.json = asks_for_json(argc, argv);
  }
  if (!invocation.text.empty()) invocation.command.reset();
  return invocation;
}

}  // namespace holdfast::registry_app
