#include "interfaces/tap/failure.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace holdfast::tap {

Failed fail(MSTATUS status, std::string text) { return Failed(Failure{status, in_words_of_tap(std::move(text))}); }

Failed fail(const Error& error) { return fail(status_of(error.code()), error.message()); }

std::string in_words_of_tap(std::string text) {
  struct Word {
    std::string_view command;
    std::string_view configuration;
  };
  static constexpr std::array kWords{
      Word{" (--require NAME), or name further ones in a credential file (--credfile F)", " in the credential file"},
      Word{"; --accept-low-entropy overrides this and is recorded for ever", ""},
      Word{"leave it out by naming the others with --require", "take it out of the credential file"},
      Word{"'--from-outside' opens it", "'holdfast unseal --from-outside' opens it"},
      Word{" (--credfile F)", ""},
      Word{"; give --unlock-passphrase-file or --unlock-passphrase-fd", ""},
  };
  for (const auto& [command, configuration] : kWords) {
    if (const auto at = text.find(command); at != std::string::npos) text.replace(at, command.size(), configuration);
  }
  return text;
}

MSTATUS status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return ERR_TAP_INVALID_INPUT;
    case ErrorCode::does_not_open: return HOLDFAST_TAP_ERR_DOES_NOT_OPEN;
    case ErrorCode::wrong_passphrase: return HOLDFAST_TAP_ERR_WRONG_PASSPHRASE;
    case ErrorCode::malformed: return HOLDFAST_TAP_ERR_BAD_DATA;
    case ErrorCode::not_found: return HOLDFAST_TAP_ERR_NO_DEVICE;
    case ErrorCode::refused: return HOLDFAST_TAP_ERR_REFUSED;
    case ErrorCode::io: return HOLDFAST_TAP_ERR_STORAGE;
    case ErrorCode::internal: return HOLDFAST_TAP_ERR_INTERNAL;
  }
  std::unreachable();
}

}  // namespace holdfast::tap
