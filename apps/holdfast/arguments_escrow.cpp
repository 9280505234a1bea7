// The commands for escrow.
#include "apps/holdfast/argument_parser.hpp"
#include "crypto/secret_sharing.hpp"

namespace holdfast::app {
namespace {

void add_making(CLI::App& escrow, std::optional<Command>& command, Storage& s) {
  auto* add = add_command(escrow, command, s.escrow_add,
                          {"add", "Share a way to open the anchor among officers, and write their shares",
                           "holdfast escrow add --officer ada.pem bob.pem eve.pem --threshold 2 --out shares"});
  auto& arguments = s.escrow_add;
  add->add_option("--officer", arguments.officers, "The officers' certificates, 2 to 16 (or the option once for each)")
      ->type_name("F")
      ->required();
  add->add_option("--threshold", arguments.threshold, "How many of them open the anchor together, 2 or more")
      ->type_name("M")
      ->check(CLI::Range(crypto::kMinThreshold, crypto::kMaxShares))
      ->required();
  add->add_option("--out", arguments.out,
                  "Folder for the encrypted shares; made where it is missing [" + arguments.out + "]")
      ->type_name("DIR");
  add->add_option("--name", arguments.name,
                  "By which officers tell this device apart [the beginning of its anchor's id]")
      ->type_name("N");
  add->add_flag("--replace", arguments.replace, "In place of the escrow that there is; draws a new root");
  add_command(escrow, command, s.escrow_list,
              {"list", "List the officers, and when their shares were last tested", "holdfast escrow list"});
  auto* again =
      add_command(escrow, command, s.escrow_export,
                  {"export", "Write the officers' encrypted shares again", "holdfast escrow export --out shares"});
  again
      ->add_option("--out", s.escrow_export.out,
                   "Folder for them; made where it is missing [" + s.escrow_export.out + "]")
      ->type_name("DIR");
}

void add_using(CLI::App& escrow, std::optional<Command>& command, Storage& s) {
  auto* open = add_command(escrow, command, s.escrow_open_share,
                           {"open-share", "For officers, on any machine: decrypt a share with the officer's key",
                            "holdfast escrow open-share share-1.pem --key-file ada.key --out ada.share"});
  open->add_option("SHARE", s.escrow_open_share.share, "The encrypted share")->required();
  open->add_option("--key-file", s.escrow_open_share.key, "The officer's private key")->type_name("F")->required();
  open->add_option("--passphrase-file", s.escrow_open_share.passphrase_file, "The key file's passphrase [asked for]")
      ->type_name("F");
  open->add_option("--out", s.escrow_open_share.out,
                   "Write the opened share, which is secret, to F (mode 0600) [standard output]")
      ->type_name("F");
  auto* test = add_command(escrow, command, s.escrow_test,
                           {"test", "See whether opened shares open the anchor, and write the date down",
                            "holdfast escrow test ada.share bob.share"});
  test->add_option("SHARE", s.escrow_test.shares, "Opened shares; '-' for one on standard input")->required();
  auto* remove =
      add_command(escrow, command, s.escrow_remove,
                  {"remove", "Do without officers from now on, and draw a new root", "holdfast escrow remove --yes"});
  remove->add_flag("--yes", s.escrow_remove.yes, "Do not ask");
}

}  // namespace

void add_escrow_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  CLI::App* escrow = app.add_subcommand("escrow", "Let officers open the anchor together, and nobody of them alone");
  escrow->footer(example_footer("holdfast escrow list"));
  escrow->require_subcommand(1);
  escrow->fallthrough();
  add_making(*escrow, command, s);
  add_using(*escrow, command, s);
}

}  // namespace holdfast::app
