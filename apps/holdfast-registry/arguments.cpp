#include "apps/holdfast-registry/arguments.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>

#include "apps/common/command_line.hpp"
#include "apps/holdfast-registry/value_sets.hpp"

namespace holdfast::registry_app {
namespace {

constexpr const char* kProgram = "holdfast-registry";
constexpr const char* kDescription = "Holdfast's registry: every device identity under governance";
constexpr const char* kFooter =
    "Begin with:\n"
    "  holdfast-registry serve                            found a registry, and serve it\n"
    "  holdfast-registry owner import people.csv          who can answer for devices\n"
    "  holdfast-registry grant create --name 'gate 7' --purpose 'opens the yard' \\\n"
    "    --business-owner anna@example.org --technical-owner ben@example.org\n"
    "  holdfast-registry identity list\n\n"
    "Commands work on the data folder, through the server where one runs.\n"
    "A SPAN is a number with s, m, h, d or w: 36h. WHEN is a span from now, or a moment: 2027-01-31T12:00:00Z.\n"
    "Exit status: 0 done, 2 usage, 3 the server's anchor does not open here, 4 wrong token, 5 altered or malformed\n"
    "input, 6 not found, 7 refused, 8 input or output failed, 9 other, 10 needs attention (doctor, restore).\n"
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
      {"token", "Secrets by which operators are known"},
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

char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// "--name"; "NAME" where the place tells it.
std::string spelling_of(const Parameter& parameter) {
  std::string name(parameter.name);
  if (!is_positional(parameter)) return "--" + name;
  std::ranges::replace(name, '-', '_');
  std::ranges::transform(name, name.begin(), capital);
  return name;
}

// "In which state: open, used, revoked [all]": the values stand before what holds where nothing is given.
std::string help_of(const Parameter& parameter) {
  std::string help(parameter.help);
  if (!help.empty()) help.front() = capital(help.front());
  if (parameter.values == nullptr) return help;
  const auto usual = help.ends_with(']') ? help.rfind(" [") : std::string::npos;
  return help.insert(std::min(usual, help.size()), ": " + listed(parameter.values()));
}

// An argument that is called as what it is, is not told twice.
std::string shown_type(const Parameter& parameter) {
  const std::string type = type_name(parameter.kind);
  const bool told = is_positional(parameter) && (type == spelling_of(parameter) || type == "TEXT");
  return told ? "" : type;
}

void add_parameter(CLI::App& command, const Parameter& parameter, Given& given) {
  const std::string name(parameter.name);
  const std::string spelling = spelling_of(parameter);
  const std::string help = help_of(parameter);
  if (parameter.kind == ParameterKind::flag) {
    command.add_flag(spelling, given.flags[name], help);
    return;
  }
  CLI::Option* option = parameter.kind == ParameterKind::count ? command.add_option(spelling, given.counts[name], help)
                                                               : command.add_option(spelling, given.texts[name], help);
  option->type_name(shown_type(parameter));
  option->required(parameter.presence == Presence::required || parameter.presence == Presence::positional);
}

Json json_of(const CLI::App& command, const Operation& operation, const Given& given) {
  Json json = Json::object();
  for (const Parameter& parameter : operation.parameters) {
    const std::string name(parameter.name);
    if (command.count(spelling_of(parameter)) == 0) continue;
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
  AuthorityRequestArguments authority_request;
  AuthorityAcceptArguments authority_accept;
  RestoreArguments restore;
  CompletionArguments completion;
  ManualArguments manual;
};

void add_example(CLI::App& command, std::string_view example) {
  command.fallthrough();
  command.footer(app::example_footer(kProgram, std::string(kProgram) + " " + std::string(example)));
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

void add_check(CLI::App& audit, std::optional<Command>& command, Storage& storage) {
  CLI::App* check = audit.add_subcommand("check", "Verify an exported log, without any registry");
  check->add_option("FOLDER", storage.check.folder, "What 'audit export' wrote")->required()->type_name("");
  check->add_option("--verifier", storage.check.verifier, "The log's key, as 'ca show' prints it, or a file with it")
      ->required()
      ->type_name("KEY|FILE");
  add_example(*check, "audit check log --verifier log.key");
  check->callback([&command, &storage] { command = storage.check; });
}

void add_authority(CLI::App& ca, std::optional<Command>& command, Storage& storage) {
  CLI::App* request = ca.add_subcommand("request", "Write a request for another authority, while no server runs");
  request->add_option("--out", storage.authority_request.out, "The file")->required()->type_name("FILE");
  add_example(*request, "ca request --out issuing.csr");
  request->callback([&command, &storage] { command = storage.authority_request; });
  CLI::App* accept = ca.add_subcommand("accept", "Issue under that authority from now on, while no server runs");
  accept
      ->add_option("FILE", storage.authority_accept.file,
                   "The certificate that it made, and behind it those above up to the root (PEM)")
      ->required()
      ->type_name("");
  add_example(*accept, "ca accept chain.pem");
  accept->callback([&command, &storage] { command = storage.authority_accept; });
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
      group->require_subcommand(1);
      add_example(*group, operation->example);
    }
    add_operation(*group, command, storage, *operation);
  }
  add_check(*made.at("audit"), command, storage);
  add_authority(*made.at("ca"), command, storage);
}

void add_housekeeping(CLI::App& app, std::optional<Command>& command, Storage& storage) {
  CLI::App* serve = app.add_subcommand("serve", "Serve; the first time, found a registry");
  add_example(*serve, "serve --data /var/lib/holdfast-registry");
  serve->callback([&command] { command = ServeArguments{}; });
  CLI::App* restore = app.add_subcommand("restore", "Put a backup back, while no server runs");
  restore->add_option("--from", storage.restore.from, "What 'backup' wrote")->required()->type_name("FILE");
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
  app.add_option("--token-file", global.token_file, "Act as the operator whose token is in FILE, not as this account")
      ->type_name("FILE");
}

void add_tools(CLI::App& app, std::optional<Command>& command, Storage& storage) {
  app::add_completion(app, storage.completion)->callback([&command, &storage] { command = storage.completion; });
  app::add_manual(app, storage.manual)->callback([&command, &storage] { command = storage.manual; });
}

void build(CLI::App& app, Invocation& invocation, Storage& storage) {
  app.footer(kFooter);
  app.set_version_flag("--version", std::string(kProgram) + " " HOLDFAST_VERSION);
  app.require_subcommand(1);
  add_global(app, invocation.global);
  add_housekeeping(app, invocation.command, storage);
  add_operations(app, invocation.command, storage);
  add_tools(app, invocation.command, storage);
}

}  // namespace

Invocation parse_arguments(int argc, const char* const* argv) {
  Invocation invocation;
  Storage storage;
  CLI::App app(kDescription, kProgram);
  build(app, invocation, storage);
  invocation.told = app::parse(app, argc, argv);
  if (!invocation.told.text.empty()) invocation.command.reset();
  return invocation;
}

app::CommandText describe_program() {
  Invocation invocation;
  Storage storage;
  CLI::App app(kDescription, kProgram);
  build(app, invocation, storage);
  return app::describe(app);
}

}  // namespace holdfast::registry_app
