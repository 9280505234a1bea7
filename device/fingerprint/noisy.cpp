#include "device/fingerprint/noisy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "core/text.hpp"
#include "device/fingerprint/program.hpp"
#include "device/fingerprint/reading.hpp"

namespace holdfast::fingerprint {
namespace {

static_assert(kMaxSourceText == kNoisyProgram.size() + kMaxTargetPath + 1 + kMaxProgramArgument);

void set_response(NoisyReading& reading, SecretBytes response, const std::string& shown) {
  if (response.empty()) {
    reading.reason = shown + " gave no bytes";
    return;
  }
  reading.state = AttributeState::present;
  reading.response = std::move(response);
}

std::string words_for(int error_number) {
  if (error_number == EACCES || error_number == EPERM) return "needs root: this account may not read it; run as root";
  if (error_number == ENOENT) return "does not exist";
  return "cannot be read: " + std::generic_category().message(error_number);
}

void read_from_file(NoisyReading& reading, const std::string& path) {
  const auto shown = "file '" + printable(path) + "'";
  // Without waiting: a pipe that nobody fills must not hold up whoever opens the device.
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat info{};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
    reading.reason = shown + " " + words_for(errno);
    return;
  }
  if (!S_ISREG(info.st_mode)) {
    reading.reason = shown + " is not a regular file; let a program read what is none";
    return;
  }
  reading.only_root_reads = closed_to_other_accounts(info);
  auto response = read_secret_descriptor(fd.get(), path, kMaxNoisyReading);
  if (!response.ok()) {
    reading.reason = response.error().message();
    return;
  }
  set_response(reading, std::move(response).value(), shown);
}

// The error of a program outside the folder, which ends everything.
Result<void> read_from_program(NoisyReading& reading, const CredentialEntry& entry, const CredentialContext& context) {
  auto outcome = run_program({.path = entry.target,
                              .argument = entry.argument,
                              .max_output = kMaxNoisyReading,
                              .folder = context.program_folder});
  if (outcome.outside) {
    return Error(ErrorCode::refused, "credential file '" + printable(context.file_name) + "': attribute '" +
                                         reading.name + "': " + outcome.failure);
  }
  if (!outcome.failure.empty()) {
    reading.reason = std::move(outcome.failure);
    return {};
  }
  set_response(reading, std::move(outcome.output), "program '" + printable(entry.target) + "'");
  return {};
}

}  // namespace

Result<std::vector<NoisyReading>> read_noisy(const CredentialFile& file, const CredentialContext& context) {
  TRY(check_program_folder(file, context), "check program folder");
  std::vector<NoisyReading> readings;
  for (const auto& entry : file.entries) {
    if (entry.type != SourceType::puf) continue;
    NoisyReading reading;
    reading.name = entry.names.front();
    reading.source = std::string(entry.runs_program ? kNoisyProgram : kNoisyFile) + entry.target +
                     (entry.argument ? " " + *entry.argument : "");
    reading.physical = entry.physical;
    reading.required = entry.required;
    reading.errors = entry.errors;
    if (entry.runs_program) {
      TRY(read_from_program(reading, entry, context), "run program");
    } else {
      read_from_file(reading, entry.target);
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

}  // namespace holdfast::fingerprint
