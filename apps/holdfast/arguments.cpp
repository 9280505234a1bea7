#include "apps/holdfast/arguments.hpp"

#include <CLI/CLI.hpp>

#include <string_view>

#include "crypto/suites.hpp"

namespace holdfast::app {
namespace {

constexpr const char* kFooter =
    "Begin with:\n"
    "  holdfast fingerprint                        what this machine can be told by\n"
    "  holdfast init --recovery-out recovery.txt   root its trust\n"
    "  holdfast seal --in secret --out secret.sealed\n"
    "  holdfast key create device --alg ecdsa-p256\n\n"
    "Exit status: 0 done, 1 signature not valid, 2 usage, 3 anchor does not open here, 4 wrong passphrase or\n"
    "recovery code, 5 altered or malformed input, 6 not found, 7 refused, 8 input or output failed, 9 other.\n"
    "'holdfast COMMAND --help' describes a command.";

constexpr int kMostDescriptors = 1 << 20;

struct Description {
  std::string name;
  std::string what;
  std::string example;
};

// Fills `command` with the arguments of the subcommand that was called.
template <typename Arguments>
CLI::App* add_command(CLI::App& parent, std::optional<Command>& command, Arguments& arguments,
                      const Description& description) {
  CLI::App* sub = parent.add_subcommand(description.name, description.what);
  sub->fallthrough();
  sub->footer("Example:\n  " + description.example);
  sub->callback([&command, &arguments] { command = arguments; });
  return sub;
}

// Storage for every command's arguments while CLI11 fills them.
struct Storage {
  FingerprintArguments fingerprint;
  InitArguments init;
  StatusArguments status;
  EventsArguments events;
  SealArguments seal;
  UnsealArguments unseal;
  KeyCreateArguments key_create;
  KeyListArguments key_list;
  KeyShowArguments key_show;
  KeyPublicArguments key_public;
  SignArguments sign;
  VerifyArguments verify;
};

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
}

void add_device_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* fingerprint =
      add_command(app, command, s.fingerprint,
                  {"fingerprint", "Show by what this machine can be told", "holdfast fingerprint --show-values"});
  fingerprint->add_option("--credfile", s.fingerprint.credfile, "Credential file with further attributes")
      ->type_name("F");
  fingerprint->add_option("--sysroot", s.fingerprint.sysroot, "Read sys, proc and etc below DIR")->type_name("DIR");
  fingerprint->add_flag("--show-values", s.fingerprint.show_values, "Print the values, which are masked otherwise");

  auto* init =
      add_command(app, command, s.init,
                  {"init", "Make this machine's anchor", "holdfast init --recovery-out /media/usb/recovery.txt"});
  init->add_option("--credfile", s.init.credfile, "Credential file with further attributes; used again later")
      ->type_name("F");
  init->add_option("--sysroot", s.init.sysroot, "Read sys, proc and etc below DIR; used again later")->type_name("DIR");
  init->add_option("--quorum", s.init.quorum, "How many of the counted attributes must agree")->type_name("K");
  init->add_option("--require", s.init.require, "Attribute that must always agree (may be given again)")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  init->add_option("--passphrase-file", s.init.passphrase_file, "Add the passphrase in F as a required factor")
      ->type_name("F");
  auto* out = init->add_option("--recovery-out", s.init.recovery_out, "Write the recovery code to F (mode 0600)")
                  ->type_name("F");
  init->add_flag("--no-recovery", s.init.no_recovery, "Make no recovery code")->excludes(out);
  init->add_flag("--accept-low-entropy", s.init.accept_low_entropy,
                 "Go on below the entropy floor; recorded and shown for ever");

  add_command(app, command, s.status,
              {"status", "Show the anchor, what it is worth, and whether it opens here", "holdfast status --json"});
  add_command(app, command, s.events,
              {"events", "Show the anchor's event log and whether it is whole", "holdfast events"});
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
  seal->add_option("--suite", s.seal.suite, "Encryption: " + crypto::list_aead_suites())->type_name("S");

  auto* unseal =
      add_command(app, command, s.unseal,
                  {"unseal", "Decrypt what this device sealed", "holdfast unseal --in secret.sealed --out secret"});
  unseal->add_option("--in", s.unseal.in, "Input file [standard input]")->type_name("F");
  unseal->add_option("--out", s.unseal.out, "Output file [standard output]")->type_name("F");
  unseal->add_option("--passphrase-file", s.unseal.passphrase_file, "The sealed file's own passphrase")->type_name("F");
  unseal->add_option("--name", s.unseal.name, "Insist on this name")->type_name("N");
  unseal->add_option("--recovery-file", s.unseal.recovery_file, "Open the anchor with the recovery code in F")
      ->type_name("F");
}

void add_key_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  CLI::App* key = app.add_subcommand("key", "Create and show this device's keys");
  key->require_subcommand(1);
  key->fallthrough();
  auto* create =
      add_command(*key, command, s.key_create, {"create", "Make a key", "holdfast key create device --alg ml-dsa-65"});
  create->add_option("NAME", s.key_create.name, "Letters, digits, '.', '_' and '-', at most 64")->required();
  create->add_option("--alg", s.key_create.algorithm, crypto::list_key_algorithms())->type_name("ALG")->required();
  create->add_option("--origin", s.key_create.origin, "derived (costs no storage) or random [derived; random for RSA]")
      ->type_name("O");
  create->add_option("--use", s.key_create.uses, "Allowed uses, separated by commas [sign]")
      ->type_name("U,...")
      ->delimiter(',');
  add_command(*key, command, s.key_list, {"list", "List the keys", "holdfast key list"});
  auto* show = add_command(*key, command, s.key_show, {"show", "Show one key", "holdfast key show device"});
  show->add_option("NAME", s.key_show.name, "The key")->required();
  auto* pub = add_command(
      *key, command, s.key_public,
      {"public", "Print a public key (PEM, SubjectPublicKeyInfo)", "holdfast key public device --out device.pem"});
  pub->add_option("NAME", s.key_public.name, "The key")->required();
  pub->add_option("--out", s.key_public.out, "Output file [standard output]")->type_name("F");
}

void add_scheme(CLI::App& app, SchemeArguments& scheme) {
  app.add_option("--in", scheme.in, "The message [standard input]")->type_name("F");
  app.add_option("--hash", scheme.hash, "sha256, sha384 or sha512 (RSA and ECDSA) [by the key's algorithm]")
      ->type_name("H");
  app.add_flag("--digest", scheme.digest, "The input is the message's digest, in binary (RSA and ECDSA)");
  app.add_option("--scheme", scheme.rsa_scheme, "pkcs1 or pss (RSA) [pkcs1]")->type_name("pkcs1|pss");
  app.add_option("--context", scheme.context, "Context string of ML-DSA, in hexadecimal")->type_name("HEX");
}

void add_signature_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* sign = add_command(app, command, s.sign,
                           {"sign", "Sign with one of this device's keys",
                            "holdfast sign --key device --in firmware.bin --out firmware.sig"});
  sign->add_option("--key", s.sign.key, "The key")->type_name("NAME")->required();
  add_scheme(*sign, s.sign.scheme);
  sign->add_option("--out", s.sign.out, "Output file [standard output]")->type_name("F");
  sign->add_flag("--deterministic", s.sign.deterministic, "The same signature every time (ECDSA by RFC 6979, ML-DSA)");

  auto* verify = add_command(app, command, s.verify,
                             {"verify", "Verify a signature; needs no anchor",
                              "holdfast verify --public device.pem --signature firmware.sig --in firmware.bin"});
  verify->add_option("--public", s.verify.public_key, "Public key, PEM or DER")->type_name("F")->required();
  verify->add_option("--signature", s.verify.signature, "The signature")->type_name("F")->required();
  add_scheme(*verify, s.verify.scheme);
}

bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") return true;
  }
  return false;
}

}  // namespace

Invocation parse_arguments(int argc, const char* const* argv) {
  Invocation invocation;
  Storage storage;
  CLI::App app("Holdfast: a software root of trust for machines without a TPM", "holdfast");
  app.set_version_flag("--version", "holdfast " HOLDFAST_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  add_global(app, invocation.global);
  add_device_commands(app, invocation.command, storage);
  add_seal_commands(app, invocation.command, storage);
  add_key_commands(app, invocation.command, storage);
  add_signature_commands(app, invocation.command, storage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = &app;
    while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
    invocation.text = asked->help();
  } catch (const CLI::CallForVersion&) {
    invocation.text = "holdfast " HOLDFAST_VERSION "\n";
  } catch (const CLI::ParseError& problem) {
    const auto unknown = app.remaining(true);
    invocation.text = unknown.empty() ? problem.what() : "there is no command or option '" + unknown.front() + "' here";
    invocation.usage_error = true;
    invocation.global.json = asks_for_json(argc, argv);
  }
  if (!invocation.text.empty()) invocation.command.reset();
  return invocation;
}

}  // namespace holdfast::app
