#include "interfaces/capi/edge.hpp"

#include <atomic>

namespace holdfast::capi {
namespace {

struct LastError {
  HandleId handle = 0;
  std::string text;
  const char* shown = "";  // the text, or what needs no memory
};

LastError& slot() {
  thread_local LastError last;
  return last;
}

}  // namespace

HandleId new_handle_id() {
  static std::atomic<HandleId> last{0};
  return ++last;
}

holdfast_status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return HOLDFAST_USAGE;
    case ErrorCode::does_not_open: return HOLDFAST_DOES_NOT_OPEN;
    case ErrorCode::wrong_passphrase: return HOLDFAST_WRONG_PASSPHRASE;
    case ErrorCode::malformed: return HOLDFAST_MALFORMED;
    case ErrorCode::not_found: return HOLDFAST_NOT_FOUND;
    case ErrorCode::refused: return HOLDFAST_REFUSED;
    case ErrorCode::io: return HOLDFAST_IO;
    case ErrorCode::internal: return HOLDFAST_INTERNAL;
  }
  std::unreachable();
}

holdfast_status fail(HandleId handle, holdfast_status status, const char* text) noexcept {
  auto& last = slot();
  last.handle = handle;
  try {
    last.text = text;
    last.shown = last.text.c_str();
  } catch (const std::exception&) {
    last.shown = "out of memory";
  }
  return status;
}

const char* last_error(HandleId handle) noexcept {
  const auto& last = slot();
  return last.handle == handle ? last.shown : "";
}

}  // namespace holdfast::capi
