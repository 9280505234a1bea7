// Internal to this folder: where C calls come in. Kinds of failure become statuses, exceptions end, and texts of errors
// are kept for the thread that asks.
#pragma once

#include "core/result.hpp"
#include "include/holdfast/holdfast.h"

#include <cstdint>
#include <new>
#include <string>
#include <utility>

namespace holdfast::capi {

/// Tells handles apart, also such as have gone. 0 stands for calls without one.
using HandleId = std::uint64_t;
[[nodiscard]] HandleId new_handle_id();

/// What a call does: its status, which may be other than success without being an Error.
using Outcome = Result<holdfast_status>;

[[nodiscard]] holdfast_status status_of(ErrorCode code);

/// Keeps the text for this thread. Never throws: where there is no memory for the text, it is a shorter one.
holdfast_status fail(HandleId handle, holdfast_status status, const char* text) noexcept;
/// This thread's last text, where it was about that handle; else "".
[[nodiscard]] const char* last_error(HandleId handle) noexcept;

/// Runs the body of one C function.
template <typename Work>
holdfast_status at_edge(HandleId handle, Work&& work) noexcept {
  try {
    const Outcome outcome = std::forward<Work>(work)();
    if (outcome.ok()) return *outcome;
    return fail(handle, status_of(outcome.error().code()), outcome.error().message().c_str());
  } catch (const std::bad_alloc&) {
    return fail(handle, HOLDFAST_NO_MEMORY, "out of memory");
  } catch (const std::exception& problem) {
    return fail(handle, HOLDFAST_INTERNAL, problem.what());
  } catch (...) {
    return fail(handle, HOLDFAST_INTERNAL, "unexpected failure");
  }
}

}  // namespace holdfast::capi
