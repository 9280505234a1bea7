#include "apps/holdfast/noisy_words.hpp"

#include "core/text.hpp"

namespace holdfast::app {

Result<trust::NoisyRole> noisy_role_of(const std::string& option, const std::string& word) {
  if (word == "required") return trust::NoisyRole::required;
  if (word == "slot") return trust::NoisyRole::slot;
  if (word == "none") return trust::NoisyRole::none;
  return Error(ErrorCode::usage, option + " '" + printable(word) + "' is not one of: required, slot, none");
}

std::string words_for(const trust::NoisyInfo& noisy) {
  return printable(noisy.name) + " (" + printable(noisy.source, 300) + "), " + noisy.code +
         (noisy.alone ? "; opens by itself" : "; required");
}

}  // namespace holdfast::app
