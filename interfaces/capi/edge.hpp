// Internal to this folder: where C calls come in. Kinds of failure become statuses, exceptions end, and texts of errors
// are kept for the thread that asks.
#pragma once

#include "core/result.hpp"
#include "include/holdfast/holdfast.h"

#include <memory>
#include <new>
#include <string>
#include <utility>

namespace holdfast::capi {

/// Whom an error's text is kept for: a device, in each thread apart. nullptr stands for calls without one.
struct Owner : std::enable_shared_from_this<Owner> {};

/// What a call does: its status, which may be other than success without being an Error.
using Outcome = Result<holdfast_status>;

[[nodiscard]] holdfast_status status_of(ErrorCode code);

/// A lower layer's text, with what the command's options are called in C in their place.
[[nodiscard]] std::string in_words_of_c(std::string text);

/// Keeps the text for this thread, beside those of other owners. Never throws: where there is no memory for the text,
/// it is a shorter one. Returns the status.
holdfast_status fail(const Owner* owner, holdfast_status status, const char* text) noexcept;
/// This thread's last text for that owner; "" where there is none. Valid until the next one, and while the owner lives.
[[nodiscard]] const char* last_error(const Owner* owner) noexcept;

/// Runs the body of one C function.
template <typename Work>
holdfast_status at_edge(const Owner* owner, Work&& work) noexcept {
  try {
    const Outcome outcome = std::forward<Work>(work)();
    if (outcome.ok()) return *outcome;
    return fail(owner, status_of(outcome.error().code()), in_words_of_c(outcome.error().message()).c_str());
  } catch (const std::bad_alloc&) {
    return fail(owner, HOLDFAST_NO_MEMORY, "out of memory");
  } catch (const std::exception& problem) {
    return fail(owner, HOLDFAST_INTERNAL, problem.what());
  } catch (...) {
    return fail(owner, HOLDFAST_INTERNAL, "unexpected failure");
  }
}

}  // namespace holdfast::capi
