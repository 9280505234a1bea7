// The commands by which an owner changes an anchor.
#include <cstdint>
#include <limits>

#include "apps/holdfast/argument_parser.hpp"

namespace holdfast::app {
namespace {

constexpr unsigned kMostChanges = 128;
constexpr unsigned kMostRestDays = 3650;

void add_yes(CLI::App& command, bool& yes) { command.add_flag("--yes", yes, "Do not ask"); }

void add_migrate(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* migrate = add_command(app, command, s.migrate,
                              {"migrate", "Bind the anchor to the machine as it is now, after parts of it changed",
                               "holdfast migrate --plan\n  holdfast migrate --recovery-file recovery.txt"});
  auto& arguments = s.migrate;
  auto* plan = migrate->add_flag("--plan", arguments.plan, "Show what would be done, and do nothing");
  migrate->add_flag("--yes", arguments.yes, "Do not ask")->excludes(plan);
  auto* by_policy = migrate->add_flag("--by-policy", arguments.by_policy,
                                      "Do what the anchor's policy lets happen unasked, for timers; else status 7");
  const auto asks_for_more = [&](CLI::Option* option) { by_policy->excludes(option); };
  asks_for_more(plan);
  auto* recovery =
      migrate->add_option("--recovery-file", arguments.recovery_file, "Open the anchor with the recovery code in F")
          ->type_name("F");
  asks_for_more(recovery);
  asks_for_more(migrate
                    ->add_option("--escrow", arguments.escrow,
                                 "Open the anchor with officers' opened shares (given again for each)")
                    ->type_name("F")
                    ->allow_extra_args(false)
                    ->excludes(recovery));
  migrate
      ->add_option("--credfile", arguments.credfile, "Credential file in place of the one until now; used again later")
      ->type_name("F");
  asks_for_more(migrate
                    ->add_option("--quorum", arguments.quorum,
                                 "How many of the counted attributes must agree [as many may change as before]")
                    ->type_name("K"));
  asks_for_more(migrate
                    ->add_option("--require", arguments.require,
                                 "Attribute that must always agree from now on (may be given again)")
                    ->type_name("NAME")
                    ->allow_extra_args(false));
  asks_for_more(migrate
                    ->add_option("--without", arguments.without,
                                 "Attribute that shall not take part any more (may be given again)")
                    ->type_name("NAME")
                    ->allow_extra_args(false));
  auto* passphrase = migrate
                         ->add_option("--passphrase-file", arguments.passphrase_file,
                                      "Require the passphrase in F from now on, in place of any until now")
                         ->type_name("F");
  asks_for_more(passphrase);
  asks_for_more(migrate->add_flag("--no-passphrase", arguments.no_passphrase, "Require no passphrase any more")
                    ->excludes(passphrase));
  asks_for_more(migrate->add_flag("--accept-low-entropy", arguments.accept_low_entropy,
                                  "Go on below the entropy floor; recorded and shown for ever"));
}

void add_recovery(CLI::App& app, std::optional<Command>& command, Storage& s) {
  CLI::App* recovery = app.add_subcommand("recovery", "Renew, try and revoke the printed recovery code");
  recovery->footer(example_footer("holdfast recovery test"));
  recovery->require_subcommand(1);
  recovery->fallthrough();
  auto* fresh = add_command(*recovery, command, s.recovery_new,
                            {"new", "Make a recovery code in place of any until now, and draw a new root",
                             "holdfast recovery new --recovery-out /media/usb/recovery.txt"});
  fresh
      ->add_option("--recovery-out", s.recovery_new.recovery_out,
                   "Write the recovery code to F (mode 0600) [the terminal]")
      ->type_name("F");
  auto* test = add_command(*recovery, command, s.recovery_test,
                           {"test", "See whether the recovery code opens the anchor, and write the date down",
                            "holdfast recovery test --recovery-file /media/usb/recovery.txt"});
  test->add_option("--recovery-file", s.recovery_test.recovery_file, "The recovery code [asked for on the terminal]")
      ->type_name("F");
  auto* revoke = add_command(
      *recovery, command, s.recovery_revoke,
      {"revoke", "Do without a recovery code from now on, and draw a new root", "holdfast recovery revoke --yes"});
  add_yes(*revoke, s.recovery_revoke.yes);
}

void add_policy(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* policy = add_command(app, command, s.policy,
                             {"policy", "Show or set what may happen by itself when the machine changes",
                              "holdfast policy --migration within-margin --rest-days 30"});
  add_policy_options(*policy, s.policy,
                     "Whether 'migrate --by-policy' may migrate: never, or within the margin and the limits below");
}

void add_epochs(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* rotate = add_command(app, command, s.rotate_root,
                             {"rotate-root", "Draw a new root; earlier ones go on until their epochs are dropped",
                              "holdfast rotate-root --yes"});
  add_yes(*rotate, s.rotate_root.yes);
  CLI::App* epoch = app.add_subcommand("epoch", "List and drop the epochs of the root");
  epoch->footer(example_footer("holdfast epoch list\n  holdfast epoch drop 1"));
  epoch->require_subcommand(1);
  epoch->fallthrough();
  add_command(*epoch, command, s.epoch_list,
              {"list", "List the root's epochs, and the keys that still need each", "holdfast epoch list"});
  auto* drop = add_command(
      *epoch, command, s.epoch_drop,
      {"drop", "Forget an earlier root: what is sealed under it becomes unreadable for ever", "holdfast epoch drop 1"});
  drop->add_option("N", s.epoch_drop.epoch, "The epoch")
      ->required()
      ->check(CLI::Range(std::uint32_t{1}, std::numeric_limits<std::uint32_t>::max()));
  add_yes(*drop, s.epoch_drop.yes);
}

void add_reseal(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* reseal =
      add_command(app, command, s.reseal,
                  {"reseal", "Seal files anew under the newest root, in their place; times and hard links are not kept",
                   "holdfast reseal --recursive /srv/sealed"});
  reseal->add_option("PATH", s.reseal.paths, "Sealed files, and folders with --recursive; others are skipped")
      ->required();
  reseal->add_flag("--recursive", s.reseal.recursive, "Everything below folders; symbolic links are not followed");
  reseal->add_option("--passphrase-file", s.reseal.passphrase_file, "The passphrase of files that are sealed with one")
      ->type_name("F");
}

}  // namespace

std::vector<CLI::Option*> add_policy_options(CLI::App& command, PolicyArguments& policy, const std::string& purpose) {
  return {
      command.add_option("--migration", policy.migration, purpose)->type_name("manual|within-margin"),
      command
          .add_option("--most-changes", policy.most_changes, "How many counted attributes may have changed, 1 to 128")
          ->type_name("N")
          ->check(CLI::Range(1U, kMostChanges)),
      command.add_option("--rest-days", policy.rest_days, "Days between two such migrations, 0 to 3650")
          ->type_name("D")
          ->check(CLI::Range(0U, kMostRestDays))};
}

void add_change_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  add_migrate(app, command, s);
  add_policy(app, command, s);
  add_recovery(app, command, s);
  add_epochs(app, command, s);
  add_reseal(app, command, s);
}

}  // namespace holdfast::app
