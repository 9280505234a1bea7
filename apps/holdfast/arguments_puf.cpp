// The commands about noisy sources.
#include "apps/holdfast/argument_parser.hpp"
#include "device/puf/analysis.hpp"

namespace holdfast::app {

void add_puf_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  CLI::App* puf = app.add_subcommand("puf", "Find out what a noisy physical source (PUF) is worth, and enrol one");
  puf->footer(
      example_footer("holdfast puf analyse power-up-*.bin\n  holdfast puf simulate --error-rate 0.15 --out trial\n  "
                     "holdfast puf enrol"));
  puf->require_subcommand(1);
  puf->fallthrough();

  auto* analyse =
      add_command(*puf, command, s.puf_analyse,
                  {"analyse", "Tell from readouts how steady and how secret a source is, and which code it needs",
                   "holdfast puf analyse power-up-*.bin --other second-device.bin --plot source.svg"});
  analyse->add_option("READOUTS", s.puf_analyse.readouts, "Files with readouts of one device, raw bytes")->required();
  analyse
      ->add_option("--readout-size", s.puf_analyse.readout_size,
                   "A file holds readouts of N bytes one after another [one readout a file]")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, puf::kMaxResponse));
  analyse->add_option("--other", s.puf_analyse.others, "Readouts of another device (may be given again, once a device)")
      ->type_name("F")
      ->allow_extra_args(false);
  analyse->add_option("--target-failure", s.puf_analyse.target_failure, "How often a reconstruction may fail [1e-9]")
      ->type_name("P");
  analyse->add_option("--plot", s.puf_analyse.plot, "Draw distances, errors and bias into F (SVG)")->type_name("F");

  auto* simulate =
      add_command(*puf, command, s.puf_simulate,
                  {"simulate", "Write readouts of a source that does not exist, for trying things out",
                   "holdfast puf simulate --bits 16384 --bias 0.45 --error-rate 0.15 --out trial --seed 1"});
  simulate->add_option("--bits", s.puf_simulate.bits, "Bits of a readout, a multiple of 8 [16384]")->type_name("N");
  simulate->add_option("--bias", s.puf_simulate.bias, "Share of bits that are 1 [0.5]")->type_name("P");
  simulate
      ->add_option("--error-rate", s.puf_simulate.error_rate, "Share of bits that differ between two readouts [0.05]")
      ->type_name("E");
  simulate->add_option("--readouts", s.puf_simulate.readouts, "How many, up to 256 [5]")
      ->type_name("R")
      ->check(CLI::Range(std::size_t{1}, puf::kMostReadouts));
  simulate->add_option("--out", s.puf_simulate.out, "Folder for the readouts; made if it is missing")
      ->type_name("DIR")
      ->required();
  simulate->add_option("--seed", s.puf_simulate.seed, "The same number makes the same readouts [a new one]")
      ->type_name("S");

  auto* enrol =
      add_command(*puf, command, s.puf_enrol,
                  {"enrol", "Enrol the anchor's noisy source again, or the first one of an anchor without",
                   "holdfast puf enrol --yes\n  holdfast puf enrol --as required --credfile credentials.json"});
  enrol
      ->add_option("--as", s.puf_enrol.role,
                   "Enrol the first one: needed beside the quorum, which draws a new root, or enough by itself")
      ->type_name("required|slot");
  enrol
      ->add_option("--credfile", s.puf_enrol.credfile,
                   "Credential file in place of the one until now; used again later where it names the first one")
      ->type_name("F");
  enrol->add_flag("--yes", s.puf_enrol.yes, "Do not ask");
}

}  // namespace holdfast::app
