// What a call of the NanoTAP interface returns when it fails, and the text for people that goes with it.
#pragma once

#include "core/error.hpp"

#include <holdfast/tap.h>

#include <expected>
#include <string>

namespace holdfast::tap {

/// A status of include/holdfast/tap.h, and what was wrong, with which input, and what to do.
struct Failure {
  MSTATUS status = HOLDFAST_TAP_ERR_INTERNAL;
  std::string text;
};

/// A value, or why there is none. Failures of lower layers become one where the call's stage tells which status fits.
template <typename T = void>
using Answer = std::expected<T, Failure>;

using Failed = std::unexpected<Failure>;

[[nodiscard]] Failed fail(MSTATUS status, std::string text);
/// A lower layer's text, with what stands in a configuration in place of the command's options.
[[nodiscard]] std::string in_words_of_tap(std::string text);
/// The status that fits the kind of error wherever no stage of a call knows better.
[[nodiscard]] Failed fail(const Error& error);
[[nodiscard]] MSTATUS status_of(ErrorCode code);

/// Hands a failure on.
template <typename T>
[[nodiscard]] Failed pass_on(Answer<T>& answer) {
  return Failed(std::move(answer).error());
}

}  // namespace holdfast::tap
