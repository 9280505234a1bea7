#include "apps/holdfast/trial.hpp"

#include <utility>

#include "apps/holdfast/session.hpp"

namespace holdfast::app {

Result<Trial> try_to_open(const GlobalArguments& global, const anchor::UnverifiedAnchorFile& file) {
  Trial trial;
  const auto* slot = file.file.fingerprint_slot();
  const bool given = !global.unlock_passphrase_file.empty() || global.unlock_passphrase_fd;
  if (slot != nullptr && slot->needs_passphrase && !given) {
    trial.outcome = Trial::Outcome::passphrase_needed;
    return trial;
  }
  const auto fingerprint = collect_for(file.file);
  if (!fingerprint.ok()) {
    trial.why_not = fingerprint.error().message();
    return trial;
  }
  auto opened = open_anchor(global, file, *fingerprint, Prompting::forbidden);
  if (!opened.ok()) {
    if (opened.error().code() != ErrorCode::does_not_open) return std::move(opened).error();
    trial.why_not = opened.error().message();
    return trial;
  }
  TRY_LET(trial.drift, anchor::drift_of(*opened, *fingerprint), "compare attributes");
  trial.outcome = Trial::Outcome::opens;
  trial.opened = std::move(*opened);
  return trial;
}

}  // namespace holdfast::app
