#include "interfaces/tap/handles.hpp"

namespace holdfast::tap {
namespace {

thread_local std::string last_error;

}  // namespace

void remember(Session* session, const Failure& failure) noexcept {
  try {
    last_error = failure.text;
    if (session != nullptr) session->remember_error(failure.text);
  } catch (...) {
    // The status is enough.
    last_error.clear();
  }
}

MSTATUS out_of_memory(Session* session) noexcept {
  // Short enough to need no memory of its own.
  last_error = "no more memory";
  if (session != nullptr) session->remember_error("no more memory");
  return ERR_MEM_ALLOC_FAIL;
}

std::string last_error_of_thread() { return last_error; }

}  // namespace holdfast::tap
