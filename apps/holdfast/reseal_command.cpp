#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/folder_walk.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/reseal_file.hpp"
#include "apps/holdfast/session.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

struct Failure {
  std::string path;
  Error error;
};

struct Summary {
  std::uint64_t resealed = 0;
  std::uint64_t newest_already = 0;
  std::uint64_t expired = 0;
  std::uint64_t other = 0;
  std::vector<Failure> failures;
};

void count(Summary& summary, Resealed outcome) {
  switch (outcome) {
    case Resealed::done: ++summary.resealed; return;
    case Resealed::newest_already: ++summary.newest_already; return;
    case Resealed::expired: ++summary.expired; return;
    case Resealed::other: ++summary.other; return;
  }
}

Json json_of(const Summary& summary, std::uint32_t epoch) {
  Json failed = Json::array();
  for (const auto& [path, error] : summary.failures) {
    failed.push_back({{"path", path}, {"error", {{"code", name_of(error.code())}, {"message", error.message()}}}});
  }
  return {{"epoch", epoch},
          {"resealed", summary.resealed},
          {"newest_already", summary.newest_already},
          {"expired", summary.expired},
          {"other", summary.other},
          {"failed", std::move(failed)}};
}

std::string text_of(const Summary& summary, std::uint32_t epoch, bool quiet) {
  std::string text;
  if (!quiet) {
    text = "Resealed under root epoch " + std::to_string(epoch) + ": " + std::to_string(summary.resealed) +
           "\nUnder it already: " + std::to_string(summary.newest_already) +
           "\nExpired, and left: " + std::to_string(summary.expired) +
           "\nNot sealed by this anchor: " + std::to_string(summary.other) + "\n";
  }
  return text;
}

void print_failures(const GlobalArguments& global, const Summary& summary) {
  if (global.json) return;  // it has them
  for (const auto& [path, error] : summary.failures) {
    std::fputs(("holdfast: failed: " + printable(error.message(), 1000) + "\n").c_str(), stderr);
  }
}

void reseal_all(const ResealArguments& arguments, const Resealing& resealing, Summary& summary) {
  const auto complain = [&](const std::filesystem::path& shown, const Error& error) {
    summary.failures.push_back({shown.string(), error});
  };
  const auto visit = [&](const Place& place) {
    const auto outcome = reseal_file(resealing, place);
    if (outcome.ok()) {
      count(summary, *outcome);
    } else {
      complain(place.shown, outcome.error());
    }
  };
  const auto descent = arguments.recursive ? Descent::into_folders : Descent::none;
  for (const auto& path : arguments.paths) walk(path, descent, {visit, complain});
}

}  // namespace

Result<int> run(const GlobalArguments& global, const ResealArguments& arguments) {
  TRY_LET(const auto device, find_device(global), "find device");
  if (device->info().stateless) {
    return Error(ErrorCode::refused, "a stateless device has one root for ever; what it sealed stays as it is");
  }
  std::optional<SecretBytes> passphrase;
  if (!arguments.passphrase_file.empty()) {
    TRY_LET(passphrase, passphrase_from_file(global, arguments.passphrase_file), "read --passphrase-file");
  }
  TRY_LET(const auto provider, open_provider(global, *device), "open anchor");
  Summary summary;
  const auto epoch = device->info().epoch;
  {
    Progress progress("Resealing", global.quiet);
    reseal_all(arguments,
               {.provider = provider.get(),
                .anchor = device->info().id,
                .epoch = epoch,
                .passphrase = passphrase ? &*passphrase : nullptr,
                .progress = [&](std::uint64_t done) { progress.bytes(done, 0); }},
               summary);
  }
  TRY(print(global, json_of(summary, epoch), text_of(summary, epoch, global.quiet)), "report");
  print_failures(global, summary);
  return summary.failures.empty() ? kExitDone : exit_status(summary.failures.front().error.code());
}

}  // namespace holdfast::app
