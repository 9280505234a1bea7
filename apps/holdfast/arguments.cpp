#include "apps/holdfast/arguments.hpp"

#include "apps/holdfast/argument_parser.hpp"
#include "crypto/suites.hpp"

namespace holdfast::app {
namespace {

constexpr const char* kDescription = "Holdfast: a software root of trust for machines without a TPM";
constexpr const char* kFooter =
    "Begin with:\n"
    "  holdfast fingerprint                        what this machine can be told by\n"
    "  holdfast init --recovery-out recovery.txt   root its trust\n"
    "  holdfast seal --in secret --out secret.sealed\n"
    "  holdfast key create device --alg ecdsa-p256\n\n"
    "Exit status: 0 done, 1 signature not valid, 2 usage, 3 anchor does not open here, 4 wrong passphrase or\n"
    "recovery code, 5 altered or malformed input, 6 not found, 7 refused, 8 input or output failed, 9 other,\n"
    "10 needs attention (doctor).\n"
    "'holdfast COMMAND --help' describes a command.";

constexpr int kMostDescriptors = 1 << 20;

void add_global(CLI::App& app, GlobalArguments& global) {
  app.add_option("--dir", global.dir,
                 "State folder [$HOLDFAST_DIR, else /var/lib/holdfast for root, else $XDG_DATA_HOME/holdfast]")
      ->type_name("DIR");
  app.add_flag("--json", global.json, "Print JSON for programs; errors too, on standard error");
  app.add_flag("--quiet", global.quiet, "No notes and no progress");
  auto* file =
      app.add_option("--unlock-passphrase-file", global.unlock_passphrase_file, "Read the anchor's passphrase from F")
          ->type_name("F");
  app.add_option("--unlock-passphrase-fd", global.unlock_passphrase_fd,
                 "Read the anchor's passphrase from descriptor N")
      ->type_name("N")
      ->check(CLI::Range(0, kMostDescriptors))
      ->excludes(file);
  app.add_flag("--accept-rollback", global.accept_rollback,
               "Where an older copy of the anchor was put back: go on with it, and make it the latest");
}

void add_init(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* init =
      add_command(app, command, s.init,
                  {"init", "Make this machine's anchor", "holdfast init --recovery-out /media/usb/recovery.txt"});
  init->add_option("--credfile", s.init.credfile, "Credential file with further attributes; used again later")
      ->type_name("F");
  init->add_option("--sysroot", s.init.sysroot, "Read sys, proc and etc below DIR; used again later")->type_name("DIR");
  auto* quorum =
      init->add_option("--quorum", s.init.quorum, "How many of the counted attributes must agree")->type_name("K");
  init->add_option("--require", s.init.require,
                   "Attribute that must always agree (may be given again); with --stateless the only ones")
      ->type_name("NAME")
      ->allow_extra_args(false);
  auto* passphrase =
      init->add_option("--passphrase-file", s.init.passphrase_file, "Add the passphrase in F as a required factor")
          ->type_name("F");
  auto* out = init->add_option("--recovery-out", s.init.recovery_out, "Write the recovery code to F (mode 0600)")
                  ->type_name("F");
  init->add_flag("--no-recovery", s.init.no_recovery, "Make no recovery code")->excludes(out);
  init->add_flag("--accept-low-entropy", s.init.accept_low_entropy,
                 "Go on below the entropy floor; recorded and shown for ever");
  const auto policy =
      add_policy_options(*init, s.init.policy, "What may happen by itself when the machine changes [manual]");
  init->add_option("--profile", s.init.profile, "Security profile: what this device may do [default-2026]")
      ->type_name("P");
  auto* puf =
      init->add_option("--puf", s.init.puf,
                       "What a noisy source in the credential file is for: needed beside the quorum, or enough by "
                       "itself [required, unless that file says otherwise]")
          ->type_name("required|slot|none");
  init->add_option("--group", s.init.group, "Let members of this group use the device (state folder 2750, files 0640)")
      ->type_name("NAME");
  auto* stateless = init->add_flag("--stateless", s.init.stateless,
                                   "Store nothing: derive the root from attributes that must all agree, for ever")
                        ->excludes(quorum)
                        ->excludes(passphrase)
                        ->excludes(out)
                        ->excludes(puf);
  for (auto* option : policy) stateless->excludes(option);
  init->add_option("--device-salt-file", s.init.device_salt_file,
                   "With --stateless: 8 to 1024 bytes that the maker gave this device alone")
      ->type_name("F")
      ->needs(stateless);
}

// Shows the log by itself, and has a command of its own.
void add_events(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* events =
      add_command(app, command, s.events,
                  {"events", "Show the anchor's event log and whether it is whole", "holdfast events --follow"});
  auto* follow = events->add_flag("--follow", s.events.follow, "Go on with what is written, until interrupted");
  add_command(*events, command, s.events_verify,
              {"verify", "Open the anchor, and tell what was done to its event log; status 5 when anything was",
               "holdfast events verify --json"})
      ->excludes(follow);
  auto* restart = add_command(*events, command, s.events_restart,
                              {"restart", "Begin a new log where this one was damaged; what is left of it is kept",
                               "holdfast events restart --recovery-file recovery.txt"});
  restart->excludes(follow);
  restart->add_flag("--yes", s.events_restart.yes, "Do not ask");
  auto* recovery =
      restart
          ->add_option("--recovery-file", s.events_restart.recovery_file, "Open the anchor with the recovery code in F")
          ->type_name("F");
  restart
      ->add_option("--escrow", s.events_restart.escrow,
                   "Open the anchor with officers' opened shares (given again for each)")
      ->type_name("F")
      ->allow_extra_args(false)
      ->excludes(recovery);
  // CLI11 calls back the inner command first.
  events->callback([&command, &s, events] {
    if (events->get_subcommands().empty()) command = s.events;
  });
}

void add_device_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* fingerprint =
      add_command(app, command, s.fingerprint,
                  {"fingerprint", "Show by what this machine can be told", "holdfast fingerprint --show-values"});
  fingerprint->add_option("--credfile", s.fingerprint.credfile, "Credential file with further attributes")
      ->type_name("F");
  fingerprint->add_option("--sysroot", s.fingerprint.sysroot, "Read sys, proc and etc below DIR")->type_name("DIR");
  fingerprint->add_option("--profile", s.fingerprint.profile, "Reckon with this security profile [default-2026]")
      ->type_name("P");
  fingerprint->add_flag("--show-values", s.fingerprint.show_values, "Print the values, which are masked otherwise");

  add_init(app, command, s);
  add_command(app, command, s.status,
              {"status", "Show the anchor, what it is worth, and whether it opens here", "holdfast status --json"});
  add_command(app, command, s.doctor,
              {"doctor", "Look for everything that needs attention; status 10 when anything does", "holdfast doctor"});
  add_events(app, command, s);
}

void add_seal_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* seal = add_command(
      app, command, s.seal,
      {"seal", "Encrypt to this device", "tar c etc | holdfast seal --out etc.tar.sealed --name etc --expires 30d"});
  seal->add_option("--in", s.seal.in, "Input file [standard input]")->type_name("F");
  seal->add_option("--out", s.seal.out, "Output file [standard output]")->type_name("F");
  seal->add_option("--passphrase-file", s.seal.passphrase_file, "Demand the passphrase in F as well")->type_name("F");
  seal->add_option("--name", s.seal.name, "Bind a name to the file")->type_name("N");
  seal->add_option("--expires", s.seal.expires, "Refuse the file from then on: RFC 3339, or a span such as 30d")
      ->type_name("T");
  seal->add_option("--suite", s.seal.suite, "Encryption: " + crypto::list_aead_suites() + " [the profile's first]")
      ->type_name("S");

  auto* unseal =
      add_command(app, command, s.unseal,
                  {"unseal", "Decrypt what this device sealed", "holdfast unseal --in secret.sealed --out secret"});
  unseal->add_option("--in", s.unseal.in, "Input file [standard input]")->type_name("F");
  unseal->add_option("--out", s.unseal.out, "Output file [standard output]")->type_name("F");
  unseal->add_option("--passphrase-file", s.unseal.passphrase_file, "The sealed file's own passphrase")->type_name("F");
  unseal->add_option("--name", s.unseal.name, "Insist on this name")->type_name("N");
  unseal->add_flag("--from-outside", s.unseal.from_outside,
                   "Open what others encrypted to this device; it proves no origin");
  unseal->add_option("--key", s.unseal.key, "With --from-outside: the key that receives, where the device has no list")
      ->type_name("NAME");
  unseal->add_option("--recovery-file", s.unseal.recovery_file, "Open the anchor with the recovery code in F")
      ->type_name("F");
}

void add_tool_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  add_completion(app, s.completion)->callback([&command, &s] { command = s.completion; });
  add_manual(app, s.manual)->callback([&command, &s] { command = s.manual; });
}

void build(CLI::App& app, Invocation& invocation, Storage& storage) {
  app.set_version_flag("--version", "holdfast " HOLDFAST_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  add_global(app, invocation.global);
  add_device_commands(app, invocation.command, storage);
  add_seal_commands(app, invocation.command, storage);
  add_key_commands(app, invocation.command, storage);
  add_signature_commands(app, invocation.command, storage);
  add_encryption_commands(app, invocation.command, storage);
  add_change_commands(app, invocation.command, storage);
  add_escrow_commands(app, invocation.command, storage);
  add_puf_commands(app, invocation.command, storage);
  add_tool_commands(app, invocation.command, storage);
}

}  // namespace

Invocation parse_arguments(int argc, const char* const* argv) {
  Invocation invocation;
  Storage storage;
  CLI::App app(kDescription, "holdfast");
  build(app, invocation, storage);
  invocation.told = parse(app, argc, argv);
  if (!invocation.told.text.empty()) invocation.command.reset();
  return invocation;
}

CommandText describe_program() {
  Invocation invocation;
  Storage storage;
  CLI::App app(kDescription, "holdfast");
  build(app, invocation, storage);
  return describe(app);
}

}  // namespace holdfast::app
