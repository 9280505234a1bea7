#include "apps/holdfast/confirmation.hpp"

#include <algorithm>
#include <cctype>

#include "apps/holdfast/passphrase.hpp"

namespace holdfast::app {
namespace {

Error nobody_to_ask(const Question& question) {
  const auto& what = question.warning.empty() ? question.question : question.warning;
  return {ErrorCode::usage, what + " There is no terminal to ask on; add --yes to go on"};
}

Error cancelled(const std::string& why) { return {ErrorCode::usage, "cancelled" + why + ", and nothing was changed"}; }

std::string with_warning(const Question& question, const std::string& asked) {
  return (question.warning.empty() ? "" : question.warning + "\n") + asked;
}

bool says_yes(std::string answer) {
  std::ranges::transform(answer, answer.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return answer == "y" || answer == "yes";
}

}  // namespace

Result<void> confirm(const Question& question, bool yes) {
  if (yes) return {};
  if (!can_prompt()) return nobody_to_ask(question);
  TRY_LET(auto answer, ask_person(with_warning(question, question.question + " [y/N]")), "ask");
  if (says_yes(std::move(answer))) return {};
  return cancelled("");
}

Result<void> confirm_with_word(const Question& question, const std::string& word, bool yes) {
  if (yes) return {};
  if (!can_prompt()) return nobody_to_ask(question);
  TRY_LET(const auto answer, ask_person(with_warning(question, question.question + " Type " + word + " to go on")),
          "ask");
  if (answer == word) return {};
  return cancelled(": the answer was not '" + word + "'");
}

}  // namespace holdfast::app
