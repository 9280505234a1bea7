// Profile files: refused with the file's name and a reason, or complete, and then every question has an answer.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/text.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/profile_words.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::fuzz::check;
namespace trust = holdfast::trust;

void check_answer(const holdfast::Result<void>& answer, bool allowed) {
  check(answer.ok() == allowed, "what a profile lists is allowed, and nothing else");
  if (!allowed) check(answer.error().code() == holdfast::ErrorCode::refused, "what is not allowed is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto profile = trust::parse_profile(holdfast::as_text({data, size}), "x.toml");
  if (!profile.ok()) {
    const auto& error = profile.error();
    check(error.code() == holdfast::ErrorCode::malformed, "a bad file is malformed, never an internal failure");
    check(error.message().starts_with("x.toml"), "every refusal names the file");
    check(holdfast::printable(error.message(), error.message().size()) == error.message(), "refusals are safe to show");
    return 0;
  }
  check(!profile->name.empty() && !profile->description.empty(), "a profile says what it is called and what it is");
  check(!profile->seal_suites.empty(), "a profile has a suite to seal with");
  for (const auto& word : trust::algorithm_words()) {
    check_answer(check_algorithm(*profile, word.value), profile->algorithms.contains(word.value));
  }
  for (const auto& word : trust::hash_words()) {
    check_answer(check_hash(*profile, word.value), profile->hashes.contains(word.value));
  }
  for (const auto& word : trust::suite_words()) {
    check_answer(check_suite(*profile, word.value), std::ranges::contains(profile->seal_suites, word.value));
  }
  return 0;
}
