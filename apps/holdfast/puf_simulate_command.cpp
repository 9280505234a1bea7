#include <algorithm>
#include <filesystem>
#include <format>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/session.hpp"
#include "core/file.hpp"
#include "crypto/random.hpp"
#include "device/puf/simulate.hpp"

namespace holdfast::app {
namespace {

Result<std::uint64_t> seed_of(const PufSimulateArguments& arguments) {
  if (arguments.seed) return *arguments.seed;
  TRY_LET(const auto bytes, crypto::random_bytes(4), "draw a seed");
  std::uint64_t seed = 0;
  for (const auto byte : bytes) seed = (seed << 8) | byte;
  return seed;
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return system_error("make folder", folder, problem.value());
  return {};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const PufSimulateArguments& arguments) {
  if (arguments.bits % 8 != 0) {
    return Error(ErrorCode::usage,
                 std::format("--bits {} is no multiple of 8; readouts are whole bytes", arguments.bits));
  }
  TRY_LET(const auto seed, seed_of(arguments), "choose a seed");
  const puf::SimulatedSource source{
      .bytes = arguments.bits / 8, .ones = arguments.bias, .error_rate = arguments.error_rate, .seed = seed};
  TRY_LET(const auto readouts, puf::simulate_readouts(source, arguments.readouts), "simulate");
  TRY(make_folder(arguments.out), "make the folder");
  Json files = Json::array();
  for (std::size_t i = 0; i < readouts.size(); ++i) {
    const auto file = std::filesystem::path(arguments.out) / std::format("readout-{:03}.bin", i + 1);
    TRY(write_file_atomically(file, readouts[i], ordinary_mode(), Replace::refused), "write readout");
    files.push_back(file.string());
  }
  TRY(print(global, {{"seed", seed}, {"files", files}, {"bits", arguments.bits}},
            std::format("Simulated readouts of {} bits: {}, written from {} on (seed {}); never use them for secrets\n",
                        arguments.bits, readouts.size(), files.front().get<std::string>(), seed)),
      "print what was written");
  return kExitDone;
}

}  // namespace holdfast::app
