#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "core/clock.hpp"

namespace holdfast::app {
namespace {

seal::Ends connect(const InputEnd& in, const OutputEnd& out, Progress& progress) {
  return {in.descriptor(), in.name(), out.descriptor(), out.name(),
          [&progress, total = in.size()](std::uint64_t done) { progress.bytes(done, total); }};
}

Result<void> report(const GlobalArguments& global, const std::string& verb, const InputEnd& in, const OutputEnd& out,
                    const seal::StreamStats& stats) {
  if (out.is_standard_output()) return {};
  TRY(report_written(
          global, out,
          {{"in", in.name()}, {"plaintext_bytes", stats.plaintext_bytes}, {"sealed_bytes", stats.sealed_bytes}}),
      "report");
  note(global, verb + " " + std::to_string(stats.plaintext_bytes) + " bytes into " + out.name());
  return {};
}

Result<Timestamp> expiry_of(const std::string& typed) {
  const auto now = system_clock_now();
  TRY_LET(const auto moment, parse_moment(typed, now), "read --expires");
  if (moment > now) return moment;
  return Error(ErrorCode::usage, "--expires '" + typed + "' is past: nobody could ever open the file");
}

seal::UnsealOptions unseal_options(const GlobalArguments& global, const UnsealArguments& arguments) {
  seal::UnsealOptions options;
  options.name = arguments.name;
  if (!arguments.passphrase_file.empty()) {
    options.passphrase = [&] { return passphrase_from_file(global, arguments.passphrase_file); };
  } else if (can_prompt()) {
    options.unneeded_passphrase = seal::UnneededPassphrase::ignored;
    options.passphrase = [] { return prompt_for_passphrase("Passphrase of the sealed file"); };
  }
  return options;
}

seal::DecryptOptions outside_options(const UnsealArguments& arguments) {
  seal::DecryptOptions options;
  options.name = arguments.name;
  options.key = arguments.key;
  return options;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const SealArguments& arguments) {
  seal::SealOptions options;
  const auto suite = crypto::find_aead_suite(arguments.suite);
  if (!arguments.suite.empty() && !suite) {
    return Error(ErrorCode::usage, "--suite '" + arguments.suite + "' is not one of: " + crypto::list_aead_suites());
  }
  options.name = arguments.name;
  if (!arguments.expires.empty()) {
    TRY_LET(options.expires, expiry_of(arguments.expires), "read --expires");
  }
  TRY_LET(const auto in, InputEnd::open(global, arguments.in, arguments.passphrase_file), "open input");
  SecretBytes passphrase;
  if (!arguments.passphrase_file.empty()) {
    TRY_LET(passphrase, passphrase_from_file(global, arguments.passphrase_file), "read --passphrase-file");
    options.passphrase = &passphrase;
  }
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::binary), "open output");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  options.suite = suite.value_or(trust::usual_suite(provider->profile()));
  Progress progress("Sealing", global.quiet);
  TRY_LET(const auto stats, provider->seal(options, connect(in, out, progress)), "seal");
  TRY(out.commit(), "put output in place");
  TRY(report(global, "Sealed", in, out, stats), "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const UnsealArguments& arguments) {
  if (arguments.from_outside && !arguments.passphrase_file.empty()) {
    return Error(ErrorCode::usage, "files from outside have no passphrase; leave --passphrase-file out");
  }
  if (arguments.key && !arguments.from_outside) {
    return Error(ErrorCode::usage, "only files from outside are for one of the keys; give --from-outside with --key");
  }
  TRY_LET(const auto in, InputEnd::open(global, arguments.in, arguments.passphrase_file), "open input");
  // What was sealed may be secret: nobody else gets to read it.
  TRY_LET(auto out, OutputEnd::open(arguments.out, 0600, Content::text), "open output");
  TRY_LET(const auto provider,
          arguments.recovery_file.empty() ? open_provider(global)
                                          : open_provider_with_recovery_file(global, arguments.recovery_file),
          "open anchor");
  Progress progress("Unsealing", global.quiet);
  const auto ends = connect(in, out, progress);
  TRY_LET(const auto stats,
          arguments.from_outside ? provider->unseal_from_outside(outside_options(arguments), ends)
                                 : provider->unseal(unseal_options(global, arguments), ends),
          "unseal");
  TRY(out.commit(), "put output in place");
  TRY(report(global, "Unsealed", in, out, stats), "report");
  return kExitDone;
}

}  // namespace holdfast::app
