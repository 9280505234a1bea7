// The opaque types of include/holdfast/tap.h, and the guard around every function of it.
#pragma once

#include "interfaces/tap/failure.hpp"
#include "interfaces/tap/session.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

/// Keys hold the session too, so that the order in which handles are freed does not matter.
struct TAP_Context_ {
  std::shared_ptr<holdfast::tap::Session> session;
};

struct TAP_Key_ {
  std::shared_ptr<holdfast::tap::Session> session;
  holdfast::crypto::KeyAlgorithm algorithm = {};
  TAP_SIG_SCHEME usual_scheme = TAP_SIG_SCHEME_NONE;  ///< what NONE stands for
  std::mutex mutex;                                   ///< of what follows; held for moments only
  std::shared_ptr<holdfast::trust::Key> loaded;       ///< nullptr before the first use, and when it was unloaded
};

namespace holdfast::tap {

/// Keeps the text for HOLDFAST_TAP_getErrorText: in this thread, and in the session where there is one.
void remember(Session* session, const Failure& failure) noexcept;
/// The same without allocating memory.
[[nodiscard]] MSTATUS out_of_memory(Session* session) noexcept;
/// What this thread remembers.
[[nodiscard]] std::string last_error_of_thread();

/// Runs a call's work: the one place where failures become statuses, and beyond which no exception gets.
template <typename Work>
MSTATUS guarded(Session* session, Work&& work) noexcept {
  try {
    const Answer<> answer = std::forward<Work>(work)();
    if (answer) return 0;
    remember(session, answer.error());
    return answer.error().status;
  } catch (const std::bad_alloc&) {
    return out_of_memory(session);
  } catch (const std::exception& problem) {
    try {
      remember(session, {HOLDFAST_TAP_ERR_INTERNAL, std::string("a library failed: ") + problem.what()});
    } catch (...) {
      return out_of_memory(session);
    }
    return HOLDFAST_TAP_ERR_INTERNAL;
  } catch (...) {
    return HOLDFAST_TAP_ERR_INTERNAL;
  }
}

[[nodiscard]] inline Session* session_of(const TAP_Context* context) {
  return context == nullptr ? nullptr : context->session.get();
}
[[nodiscard]] inline Session* session_of(const TAP_Key* key) { return key == nullptr ? nullptr : key->session.get(); }

}  // namespace holdfast::tap
